// Command gen writes the tables of package symbols: for every package of packages.txt its
// functions, variables and types as reflect values (z*.go), its type information as export
// data without positions (zexports.zip), the source of the packages of sources.txt
// (zsources.zip), and the doc comments of all (zdocs.zip).
//
//	go generate ./kernel/symbols
package main
