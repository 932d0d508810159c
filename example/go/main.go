// Reads from the cache extension with the standard library alone. Copy what you need.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
)

var errRefused = errors.New("wrong password")

// Requests to this machine must not go through the function's proxy.
var client = &http.Client{Transport: &http.Transport{Proxy: nil}}

func read(kind string, query url.Values, cacheControl string) ([]byte, error) {
	port := os.Getenv("CACHE_EXTENSION_PORT")
	if port == "" {
		port = "4000"
	}
	request, err := http.NewRequest("GET", fmt.Sprintf("http://127.0.0.1:%s/%s?%s", port, kind, query.Encode()), nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Cache-Control", cacheControl)
	// Needed with `server.token: required` in config.yaml.
	request.Header.Set("X-Aws-Parameters-Secrets-Token", os.Getenv("AWS_SESSION_TOKEN"))
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		var problem struct{ Title, Detail string } // application/problem+json
		_ = json.Unmarshal(body, &problem)
		err = fmt.Errorf("%d %s: %s", response.StatusCode, problem.Title, problem.Detail)
	}
	return body, err
}

// withSecret uses a secret. If it is refused, it may have been rotated: withSecret fetches it from Secrets Manager and
// tries once more.
func withSecret(name string, use func(secret string) error) error {
	secret, err := read("secrets", url.Values{"name": {name}}, "")
	if err == nil {
		err = use(string(secret))
	}
	if errors.Is(err, errRefused) {
		if secret, err = read("secrets", url.Values{"name": {name}}, "no-cache"); err == nil {
			err = use(string(secret))
		}
	}
	return err
}

func main() {
	greeting, _ := read("parameters", url.Values{"name": {"CacheExtensions_Parameter1"}}, "")

	var item struct{ Data string }
	body, _ := read("dynamodb", url.Values{"name": {"DynamoDbTable-pKey1-sKey1"}}, "")
	_ = json.Unmarshal(body, &item)

	var several struct{ Values, Errors map[string]any }
	names := []string{"CacheExtensions_Parameter1", "/aws/reference/secretsmanager/secret_info", "missing"}
	body, _ = read("parameters", url.Values{"name": names}, "")
	_ = json.Unmarshal(body, &several)

	session := "logged in"
	if err := withSecret("secret_info", func(secret string) error { // stands in for your database
		if secret != os.Args[1] {
			return errRefused
		}
		return nil
	}); err != nil {
		session = err.Error()
	}
	_, missing := read("parameters", url.Values{"name": {"missing"}}, "")
	fmt.Printf("%s\n%s\n%d values, %d error\n%s\n%v\n", greeting, item.Data, len(several.Values), len(several.Errors), session, missing)
}
