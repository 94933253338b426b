# Two stages: compile one static file, ship nothing but it. No shell, no package manager, not root.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags="-s -w" -o /out/hallpass . \
 && mkdir /out/data

# CA roots, time zones and the user "nonroot" (65532), nothing else.
FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/hallpass /hallpass
# The database needs a local file system: SQLite's log is not safe on NFS or SMB.
COPY --from=build --chown=nonroot:nonroot /out/data /data
VOLUME /data
WORKDIR /data
ENTRYPOINT ["/hallpass"]
CMD ["serve", "--config", "/data/config.yaml"]
