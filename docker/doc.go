// Package docker is a place for tests of the container files beside it: that the versions agree
// with each other and with go.mod. There is no code here, and no container is built; the first
// lines of Dockerfile and compose.yaml say how.
package docker
