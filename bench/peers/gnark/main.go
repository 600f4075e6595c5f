// Times of gnark-crypto on BN254, one JSON line each, in the fields of our own benchmarks (src/base/bench.h):
//
//	msm_K     MultiExp of 2^K random scalars (not small, not repeated) with 2^K distinct affine G1 points in memory,
//	          no precomputed tables (gnark-crypto has none for BN254 G1)
//	ntt_K     fft.Domain.FFT of 2^K elements, decimation in frequency, in place: values leave in bit-reversed order,
//	          the twiddles are computed beforehand. The cheapest forward transform it offers.
//	fr_mul    independent products over arrays that stay in the first-level cache
//
// Medians over -repeats. -threads sets GOMAXPROCS and the number of tasks.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/big"
	"os"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/fft"
)

type line struct {
	Name    string  `json:"name"`
	Value   float64 `json:"value"`
	Unit    string  `json:"unit"`
	Threads int     `json:"threads"`
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "gnark:", err)
		os.Exit(1)
	}
}

func median(repeats int, f func()) float64 {
	f() // warms up
	seconds := make([]float64, repeats)
	for i := range seconds {
		runtime.GC() // no collection inside the measured time
		begin := time.Now()
		f()
		seconds[i] = time.Since(begin).Seconds()
	}
	sort.Float64s(seconds)
	return seconds[repeats/2]
}

func randomScalars(n int) []fr.Element {
	scalars := make([]fr.Element, n)
	for i := range scalars {
		_, err := scalars[i].SetRandom()
		check(err)
	}
	return scalars
}

// P, 2P, 3P, ... for a random P: distinct points, made in seconds.
func points(n int) []bn254.G1Affine {
	var k fr.Element
	_, err := k.SetRandom()
	check(err)
	var scalar big.Int
	k.BigInt(&scalar)
	var start bn254.G1Affine
	start.ScalarMultiplicationBase(&scalar)
	jacobian := make([]bn254.G1Jac, n)
	jacobian[0].FromAffine(&start)
	for i := 1; i < n; i++ {
		jacobian[i].Set(&jacobian[i-1])
		jacobian[i].AddMixed(&start)
	}
	return bn254.BatchJacobianToAffineG1(jacobian)
}

func main() {
	sizes := flag.String("sizes", "16,18,20", "logarithms of the sizes")
	threadCounts := flag.String("threads", "1,2", "thread counts")
	repeats := flag.Int("repeats", 5, "measured runs of each")
	flag.Parse()
	out := json.NewEncoder(os.Stdout)
	report := func(name string, value float64, unit string, threads int) {
		check(out.Encode(line{name, value, unit, threads}))
	}
	numbers := func(list string) (parsed []int) {
		for _, word := range strings.Split(list, ",") {
			n, err := strconv.Atoi(word)
			check(err)
			parsed = append(parsed, n)
		}
		return parsed
	}

	logs := numbers(*sizes)
	largest := 0
	for _, k := range logs {
		largest = max(largest, k)
	}
	bases := points(1 << largest)
	scalars := randomScalars(1 << largest)

	for _, threads := range numbers(*threadCounts) {
		runtime.GOMAXPROCS(threads)
		for _, k := range logs {
			var result bn254.G1Jac
			report(fmt.Sprintf("msm_%d", k), median(*repeats, func() {
				_, err := result.MultiExp(bases[:1<<k], scalars[:1<<k], ecc.MultiExpConfig{NbTasks: threads})
				check(err)
			}), "s", threads)

			domain := fft.NewDomain(uint64(1) << k)
			values := randomScalars(1 << k)
			report(fmt.Sprintf("ntt_%d", k), median(*repeats, func() {
				domain.FFT(values, fft.DIF, fft.WithNbTasks(threads))
			}), "s", threads)
		}
	}

	runtime.GOMAXPROCS(1)
	const length, rounds = 256, 1000
	a, b, product := randomScalars(length), randomScalars(length), make([]fr.Element, length)
	report("fr_mul", median(4**repeats+1, func() {
		for r := 0; r < rounds; r++ {
			for i := range product {
				product[i].Mul(&a[i], &b[i])
			}
		}
	})*1e9/(length*rounds), "ns", 1)
}
