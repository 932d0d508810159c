module aws-lambda-extensions/cache-extension-demo

go 1.14

require (
	github.com/aws/aws-sdk-go v1.36.12
	github.com/gorilla/mux v1.8.0
	gopkg.in/yaml.v2 v2.4.0
)
