# A function on one of Lambda's base images, with the extension. Its folder has app.py and config.yaml.

FROM cache-extension:arm64 AS cache-extension

FROM public.ecr.aws/lambda/python:3.13
COPY --from=cache-extension /opt/ /opt/
COPY app.py config.yaml ${LAMBDA_TASK_ROOT}/
CMD ["app.handler"]
