// Gets a token and lists the products of the account, with Go's standard library alone, at Microsoft's addresses.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	answer, err := http.PostForm(
		"https://login.microsoftonline.com/"+os.Getenv("AZURE_TENANT_ID")+"/oauth2/v2.0/token",
		url.Values{
			"grant_type":    {"client_credentials"},
			"client_id":     {os.Getenv("AZURE_CLIENT_ID")},
			"client_secret": {os.Getenv("AZURE_CLIENT_SECRET")},
			"scope":         {"https://manage.devcenter.microsoft.com/.default"},
		})
	check(err)
	var token struct {
		Access string `json:"access_token"`
	}
	check(json.NewDecoder(answer.Body).Decode(&token))
	request, err := http.NewRequest("GET", "https://manage.devcenter.microsoft.com/v2.0/my/hardware/products", nil)
	check(err)
	request.Header.Set("Authorization", "Bearer "+token.Access)
	answer, err = http.DefaultClient.Do(request)
	check(err)
	body, err := io.ReadAll(answer.Body)
	check(err)
	fmt.Println(answer.StatusCode, string(body))
}
