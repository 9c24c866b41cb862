# needs: golang-go iproute2
export GOFLAGS=-mod=mod GOPROXY=off GOCACHE=$PWD/cache
cat >main.go <<'X'
package main

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
)

// A loop without a call, which only a signal can interrupt.
func spin(started, stop *int32) (n int) {
	atomic.AddInt32(started, 1)
	for n = 1; atomic.LoadInt32(stop) == 0; n++ {
	}
	return
}

func main() {
	runtime.GOMAXPROCS(1)
	var started, stop int32
	done := make(chan int)
	for i := 0; i < 4; i++ {
		go func() { done <- spin(&started, &stop) }()
	}
	for atomic.LoadInt32(&started) < 4 {
		time.Sleep(time.Millisecond)
	}
	atomic.StoreInt32(&stop, 1)
	spun := 0
	for i := 0; i < 4; i++ {
		if <-done > 0 {
			spun++
		}
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1)
	syscall.Kill(os.Getpid(), syscall.SIGUSR1)
	fmt.Println(spun, <-signals, runtime.GOARCH)
	defer func() { fmt.Println("recovered:", recover()) }()
	var nothing *struct{ n int }
	fmt.Println(nothing.n)
}
X
printf 'module example\ngo 1.24\n' >go.mod
go vet . && go build -o main . && ./main
go test -short sync strconv math/... os/... 2>&1 | cut -f1,2
# On loopback, with no other network in reach.
unshare --net sh -c 'ip link set lo up && go test -short net' 2>&1 | cut -f1,2
