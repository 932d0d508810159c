# Reads from the cache extension with the standard library alone. Copy what you need.
require "json"
require "net/http"

PORT = Integer(ENV.fetch("CACHE_EXTENSION_PORT", "4000"))
# Needed with `server.token: required` in config.yaml.
TOKEN = { "X-Aws-Parameters-Secrets-Token" => ENV.fetch("AWS_SESSION_TOKEN", "") }.freeze

class Refused < StandardError; end

def read(kind, names, headers = {})
  path = "/#{kind}?#{URI.encode_www_form(name: names)}"
  http = Net::HTTP.new("127.0.0.1", PORT, nil) # nil: no proxy
  response = http.get(path, TOKEN.merge(headers))
  return response.body.force_encoding("UTF-8") if response.code == "200"

  problem = JSON.parse(response.body) # application/problem+json
  raise "#{response.code} #{problem["title"]}: #{problem["detail"]}"
end

# Uses a secret. If it is refused, it may have been rotated: fetches it from Secrets Manager and tries once more.
def with_secret(name)
  yield read("secrets", name)
rescue Refused
  yield read("secrets", name, "Cache-Control" => "no-cache")
end

def handler(event:, context:)
  several = JSON.parse(read("parameters", ["CacheExtensions_Parameter1", "/aws/reference/secretsmanager/secret_info", "missing"]))
  session = with_secret("secret_info") do |secret| # stands in for your database, which accepts one password
    raise Refused if secret != event["password"]

    "logged in"
  end
  missing = begin
    read("parameters", "missing")
  rescue RuntimeError => e
    e.message
  end
  [
    read("parameters", "CacheExtensions_Parameter1"),
    JSON.parse(read("dynamodb", "DynamoDbTable-pKey1-sKey1"))["Data"],
    "#{several["values"].size} values, #{several["errors"].size} error",
    session,
    missing
  ].join("\n")
end

puts handler(event: { "password" => ARGV[0] }, context: nil) if $PROGRAM_NAME == __FILE__
