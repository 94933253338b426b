package store

import (
	"testing"

	"hallpass/flows"
	"hallpass/store/storetest"
)

func TestTheSuite(t *testing.T) {
	storetest.Run(t, func(t *testing.T, clock flows.Clock) flows.Store {
		return opened(t, func(o *Options) { o.Clock = clock })
	})
}
