//go:build peers || chaos

package chaos

import (
	"bufio"
	"fmt"
	"math"
	"net/http"
	"os"
	"strings"
	"time"
)

// taken is what the gateway's process takes of the machine.
type taken struct{ Goroutines, Descriptors, Ports, Heap, Resident float64 }

// takes reads it. Of the heap it is the least within the time: what is alive, after a collection.
func (h *house) takes(within time.Duration) (t taken) {
	h.t.Helper()
	t.Heap = math.Inf(1)
	for end := time.Now().Add(within); ; h.pause(time.Second) {
		m := h.metrics()
		t.Goroutines, t.Descriptors, t.Resident = m["go_goroutines"], m["process_open_fds"], m["process_resident_memory_bytes"]
		t.Heap = min(t.Heap, m["go_memstats_heap_alloc_bytes"])
		t.Ports = h.ports()
		if t.Descriptors == 0 || t.Resident == 0 {
			h.t.Fatal("the gateway does not say what its process takes: it does not see itself in /proc")
		}
		if time.Now().After(end) {
			return t
		}
	}
}

// metrics are those without labels.
func (h *house) metrics() map[string]float64 {
	h.t.Helper()
	res, err := http.Get("http://" + h.Net + ".1:8080/metrics")
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	all := map[string]float64{}
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		var name string
		var value float64
		if n, _ := fmt.Sscan(lines.Text(), &name, &value); n == 2 {
			all[name] = value
		}
	}
	return all
}

// ports counts the UDP sockets at the gateway's address.
func (h *house) ports() (n float64) {
	h.t.Helper()
	var ip [4]int
	if _, err := fmt.Sscanf(h.Net+".1", "%d.%d.%d.%d", &ip[0], &ip[1], &ip[2], &ip[3]); err != nil {
		h.t.Fatal(err)
	}
	table, err := os.ReadFile("/proc/thread-self/net/udp")
	if err != nil {
		h.t.Fatal(err)
	}
	return float64(strings.Count(string(table), fmt.Sprintf(": %02X%02X%02X%02X:", ip[3], ip[2], ip[1], ip[0])))
}

// back says where what is taken now is not within 5 % of what was taken before, a few goroutines and descriptors aside.
func (t taken) back(before taken, memory bool) (faults []string) {
	judge := func(what string, now, was, few float64) {
		if now > was*1.05+few {
			faults = append(faults, fmt.Sprintf("%s: %.0f before, %.0f now", what, was, now))
		}
	}
	judge("goroutines", t.Goroutines, before.Goroutines, 5)
	judge("descriptors", t.Descriptors, before.Descriptors, 5)
	judge("ports", t.Ports, before.Ports, 0)
	if memory {
		judge("heap", t.Heap, before.Heap, 0)
		judge("resident memory", t.Resident, before.Resident, 0)
	}
	return faults
}
