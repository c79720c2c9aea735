// Command bench measures what a unit of work costs and prints one table: CPU time and allocations, from the benchmarks
// of the packages. It asserts nothing, and it is no load test: figures are comparable between rows of one run on one
// machine, not with other machines.
//
// Start with main; the rows of the table are works.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"text/tabwriter"
)

// work is one row: a benchmark, and how its figures are read.
type work struct {
	what      string
	folder    string
	benchmark string // its name as go test prints it, without the number of processors
	cpu       string // unit of the CPU time; ns/op where the work is single-threaded and does no I/O
	time      string // -benchtime
}

var works = []work{
	{"relay, 100 calls, per packet", "./media", "BenchmarkRelay/calls=100", "cpu-µs/packet", "1x"},
	{"relay, 400 calls, per packet", "./media", "BenchmarkRelay/calls=400", "cpu-µs/packet", "1x"},
	{"relay of SRTP (GCM), 100 calls, per packet", "./media", "BenchmarkRelaySealed/AEAD_AES_128_GCM/calls=100", "cpu-µs/packet", "1x"},
	{"relay of SRTP (GCM), 400 calls, per packet", "./media", "BenchmarkRelaySealed/AEAD_AES_128_GCM/calls=400", "cpu-µs/packet", "1x"},
	{"relay of SRTP (HMAC-SHA1), 400 calls, per packet", "./media", "BenchmarkRelaySealed/AES_CM_128_HMAC_SHA1_80/calls=400", "cpu-µs/packet", "1x"},
	{"conferences of three, 201 parties, per packet", "./media", "BenchmarkConference/parties=201", "cpu-µs/packet", "1x"},
	{"conferences of three, 801 parties, per packet", "./media", "BenchmarkConference/parties=801", "cpu-µs/packet", "1x"},
	{"20 ms of a conference of three, without sockets", "./media", "BenchmarkMix", "ns/op", "1s"},
	{"rewriting a packet, without sockets", "./media", "BenchmarkForward", "ns/op", "1s"},
	{"DTLS handshake of a browser's leg, both ends", "./media", "BenchmarkHandshake", "cpu-µs/op", "1s"},
	{"opening, rewriting and sealing a packet, without sockets,", "./media", "BenchmarkReseal", "ns/op", "1s"},
	{"a step of the Floor, 10,000 live calls", "./telagent", "BenchmarkFloorEvents/calls=10000/agents=1000", "cpu-µs/event", "1s"},
	{"a snapshot of the Floor", "./telagent", "BenchmarkView", "ns/op", "1s"},
	{"REGISTER with digest (2 requests), without sockets", "./sip", "BenchmarkRegisterWithDigest", "cpu-ns/op", "1s"},
	{"REGISTER with digest (2 requests) over UDP, both ends", "./sip", "BenchmarkRegisterOverUDP", "cpu-µs/op", "1s"},
	{"call set-up and tear-down over UDP, both ends", "./sip", "BenchmarkCallSetup", "cpu-µs/op", "1s"},
	{"a change stored (SQLite),", "./store", "BenchmarkUpserts", "ns/op", "1s"},
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() error {
	lines := "work\tCPU µs\tallocations\t\n"
	for _, w := range works {
		rows, err := w.measure()
		if err != nil {
			return fmt.Errorf("%s: %w", w.what, err)
		}
		for _, r := range rows {
			lines += fmt.Sprintf("%s%s\t%s\t%s\t%s\n", w.what, r.part, r.cpu, r.allocs, r.other)
		}
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 3, ' ', 0)
	if _, err := io.WriteString(table, lines); err != nil {
		return fmt.Errorf("print the table: %w", err)
	}
	return table.Flush()
}

type row struct{ part, cpu, allocs, other string }

// measure runs the benchmark and reads its lines.
func (w work) measure() ([]row, error) {
	pattern := "^" + strings.ReplaceAll(w.benchmark, "/", "$/^") + "$"
	cmd := exec.Command("go", "test", w.folder, "-run", "^$", "-bench", pattern, "-benchtime", w.time, "-benchmem")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("go test: %w\n%s", err, out)
	}
	var rows []row
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		if fields := strings.Fields(lines.Text()); len(fields) > 3 && strings.HasPrefix(fields[0], w.benchmark) {
			rows = append(rows, w.read(fields))
		}
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("no benchmark %s in\n%s", w.benchmark, out)
	}
	return rows, nil
}

// read turns "BenchmarkX/part-2 N value unit value unit …" into a row.
func (w work) read(fields []string) (r row) {
	name := fields[0]
	if i := strings.LastIndexByte(name, '-'); i > 0 {
		name = name[:i]
	}
	r.part = strings.NewReplacer("/", " ", "_", " ").Replace(strings.TrimPrefix(name, w.benchmark))
	for i := 2; i+1 < len(fields); i += 2 {
		value, unit := fields[i], fields[i+1]
		switch unit {
		case w.cpu:
			r.cpu = micros(value, unit)
		case "allocs/op":
			if w.time != "1x" { // one operation of such a benchmark is a whole run
				r.allocs = value
			}
		case "%lost", "events/s":
			r.other += value + " " + unit + " "
		}
	}
	return r
}

func micros(value, unit string) string {
	v, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return value
	}
	if strings.Contains(unit, "ns/") {
		v /= 1000
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}
