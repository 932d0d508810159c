// All that npm packs of the repository, which is not the published package: importing it says how to make that.
throw new Error(
  "This archive is of the repository of lambda-cache-extension, not of its package. " +
    'In a clone, "npm run package" makes the package: dist/lambda-cache-extension-<version>.tgz.',
)
