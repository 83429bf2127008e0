//go:build linux && (amd64 || arm64) && !nocuda

package driver

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/ebitengine/purego"
)

// wheels are where pip puts libraries below an environment.
var wheels = []string{"lib/python3*/site-packages", "lib/python3*/dist-packages",
	"lib/python3/dist-packages"}

// openBLAS finds cuBLAS 11, 12 or 13 and its functions.
func openBLAS() (BLASFunctions, string, error) {
	var f BLASFunctions
	tried := libraryPlaces("CLIPLAB_CUBLAS", []string{"libcublas.so.13", "libcublas.so.12",
		"libcublas.so.11"}, []string{"nvidia/cublas/lib", "nvidia/cu13/lib"}, "libcublas.so.*")
	for _, path := range tried {
		// It needs its sister, which the loader would not find beside it.
		sister := filepath.Join(filepath.Dir(path), strings.Replace(filepath.Base(path), "libcublas.",
			"libcublasLt.", 1))
		lt, ltErr := purego.Dlopen(sister, purego.RTLD_NOW|purego.RTLD_GLOBAL)
		lib, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_GLOBAL)
		if err != nil {
			continue
		}
		err = register(lib, []symbol{{&f.Create, "cublasCreate_v2"}, {&f.Destroy, "cublasDestroy_v2"},
			{&f.GetVersion, "cublasGetVersion_v2"}, {&f.SetStream, "cublasSetStream_v2"},
			{&f.SetWorkspace, "cublasSetWorkspace_v2"}, {&f.GemmEx, "cublasGemmEx"}})
		if err == nil {
			if ltErr == nil {
				f.Lt = bindLt(lt)
			}
			return f, path, nil
		}
	}
	return f, "", fmt.Errorf("driver: no libcublas found in %s; own kernels are used",
		strings.Join(tried, ", "))
}

// bindLt are the functions of cuBLASLt, nil where one is missing.
func bindLt(lib uintptr) *LtFunctions {
	f := &LtFunctions{}
	err := register(lib, []symbol{{&f.Create, "cublasLtCreate"}, {&f.Destroy, "cublasLtDestroy"},
		{&f.DescCreate, "cublasLtMatmulDescCreate"}, {&f.DescDestroy, "cublasLtMatmulDescDestroy"},
		{&f.DescSet, "cublasLtMatmulDescSetAttribute"},
		{&f.LayoutCreate, "cublasLtMatrixLayoutCreate"},
		{&f.LayoutDestroy, "cublasLtMatrixLayoutDestroy"},
		{&f.PreferenceCreate, "cublasLtMatmulPreferenceCreate"},
		{&f.PreferenceDestroy, "cublasLtMatmulPreferenceDestroy"},
		{&f.PreferenceSet, "cublasLtMatmulPreferenceSetAttribute"},
		{&f.Heuristic, "cublasLtMatmulAlgoGetHeuristic"}, {&f.Matmul, "cublasLtMatmul"}})
	if err != nil {
		return nil
	}
	return f
}

// pythonRoot is the environment of the python3 that a shell would run, "" without one. It is not
// started.
func pythonRoot() string {
	python, err := exec.LookPath("python3")
	if err != nil {
		return ""
	}
	return filepath.Dir(filepath.Dir(python))
}

// libraryPlaces are where a library of NVIDIA's is looked for: the environment variable's path
// alone, or as the loader finds it and then in wheels.
func libraryPlaces(variable string, names, folders []string, pattern string) []string {
	if path := os.Getenv(variable); path != "" {
		return []string{path}
	}
	places := names
	roots := []string{os.Getenv("VIRTUAL_ENV"), os.Getenv("CONDA_PREFIX"), pythonRoot(), "/usr/local",
		"/usr", filepath.Join(os.Getenv("HOME"), ".local")}
	for _, root := range roots {
		if root == "" {
			continue
		}
		for _, wheel := range wheels {
			for _, folder := range folders {
				found, _ := filepath.Glob(filepath.Join(root, wheel, folder, pattern))
				places = append(places, found...)
			}
		}
	}
	return places
}
