package console

import (
	"embed"
	"io/fs"
	"net/http"
	"strings"
)

// dist holds the built pages; their sources and how they are built are in web.
//
//go:embed all:dist
var dist embed.FS

// pages serves the embedded files. What has a hash in its name may be kept by browsers for ever; the rest is asked for
// again each time.
func (c *Console) pages(mux *http.ServeMux) error {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		return err
	}
	server := http.FileServerFS(files)
	mux.HandleFunc("GET /assets/{file}", func(w http.ResponseWriter, r *http.Request) {
		if _, err := fs.Stat(files, strings.TrimPrefix(r.URL.Path, "/")); err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		server.ServeHTTP(w, r)
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		server.ServeHTTP(w, r)
	})
	mux.HandleFunc("GET /favicon.svg", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		server.ServeHTTP(w, r)
	})
	return nil
}
