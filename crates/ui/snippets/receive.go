// go get github.com/standard-webhooks/standard-webhooks/libraries
package main

import (
    "encoding/json"
    "io"
    "log"
    "net/http"
    "os"

    standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

func main() {
    webhook, err := standardwebhooks.NewWebhook(os.Getenv("WEBHOOK_SECRET")) // whsec_…
    if err != nil {
        log.Fatal(err)
    }
    http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
        payload, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
        var event map[string]any
        if err != nil || webhook.Verify(payload, r.Header) != nil || json.Unmarshal(payload, &event) != nil {
            w.WriteHeader(http.StatusBadRequest)
            return
        }
        HANDLE
        w.WriteHeader(http.StatusNoContent)
    })
    log.Fatal(http.ListenAndServe(":3000", nil))
}
