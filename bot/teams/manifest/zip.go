package manifest

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
)

// The files of a package, all at its top.
const (
	manifestName = "manifest.json"
	colorName    = "color.png"
	outlineName  = "outline.png"
)

// Package is the zip to upload. Its error names every mistake of the App.
func (a App) Package() ([]byte, error) {
	if err := a.Problems(); err != nil {
		return nil, err
	}
	text, err := a.text()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range []struct {
		name    string
		content func(io.Writer) error
	}{
		{manifestName, func(w io.Writer) error { _, err := w.Write(text); return err }},
		{colorName, colorIcon}, {outlineName, outlineIcon},
	} {
		w, err := z.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate}) // without a time, so that nothing but the App decides the bytes
		if err == nil {
			err = f.content(w)
		}
		if err != nil {
			return nil, err
		}
	}
	err = z.Close()
	return out.Bytes(), err
}

// text is manifest.json as people may want to read it.
func (a App) text() ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(a.document())
	return out.Bytes(), err
}
