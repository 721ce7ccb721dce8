# Saffron. `make help` lists the targets.
SHELL := /bin/bash
GO ?= go
export CGO_ENABLED ?= 0

# What a window needs at run time, by Debian's names.
WINDOW_PACKAGES := libx11-6 libxrandr2 libxi6 libxcursor1 libxinerama1 libxrender1 libxext6 libgl1 libgl1-mesa-dri libegl1
# What the tests need on top: the race detector, video's decoders, the other Opus.
TEST_PACKAGES := gcc libc6-dev libavcodec59 libopus-dev pkg-config

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
GOLANGCI := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
FUZZTIME ?= 3000x
PREFIX ?= /usr/local

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

.PHONY: build
build: ## build bin/saffron, one binary without cgo
	$(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/saffron ./cmd/saffron

.PHONY: install
install: build ## install for all users (PREFIX=/usr/local, DESTDIR=)
	install -Dm755 bin/saffron $(DESTDIR)$(PREFIX)/bin/saffron
	install -Dm644 cmd/saffron/install/saffron.desktop $(DESTDIR)$(PREFIX)/share/applications/saffron.desktop
	install -Dm644 cmd/saffron/install/saffron.svg $(DESTDIR)$(PREFIX)/share/icons/hicolor/scalable/apps/saffron.svg
	install -Dm644 cmd/saffron/install/saffron-mime.xml $(DESTDIR)$(PREFIX)/share/mime/packages/saffron.xml
	install -Dm644 LICENSE $(DESTDIR)$(PREFIX)/share/doc/saffron/LICENSE
	install -d $(DESTDIR)$(PREFIX)/share/doc/saffron/kiosk
	install -m644 cmd/saffron/install/kiosk/*.* $(DESTDIR)$(PREFIX)/share/doc/saffron/kiosk
	install -m755 cmd/saffron/install/kiosk/session $(DESTDIR)$(PREFIX)/share/doc/saffron/kiosk
	@[ -n "$(DESTDIR)" ] || cmd/saffron/install/refresh $(PREFIX)

.PHONY: uninstall
uninstall: ## remove what install has installed
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/,bin/saffron share/applications/saffron.desktop \
		share/icons/hicolor/scalable/apps/saffron.svg share/mime/packages/saffron.xml)
	rm -rf $(DESTDIR)$(PREFIX)/share/doc/saffron
	@[ -n "$(DESTDIR)" ] || cmd/saffron/install/refresh $(PREFIX)

.PHONY: demo
demo: ## open a window onto the built-in demo desktop
	@.ci/install $(WINDOW_PACKAGES)
	@$(MAKE) --no-print-directory build
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
		bin/saffron demo; \
	else \
		.ci/install xvfb && \
		.ci/xvfb bin/saffron demo --screenshot demo.png && \
		echo "There is no display here, so the window was opened on a virtual one. It is in demo.png."; \
	fi

.PHONY: test
test: install-test check unit window-test lab-test fuzz ## run everything that the gate runs
	@echo "All tests passed."

.PHONY: install-test
install-test:
	@.ci/install $(WINDOW_PACKAGES) $(TEST_PACKAGES) -f testdata/lab/packages.txt

.PHONY: check
check: ## check format, vet, and build for every system
	@test -z "$$(gofmt -l .)" || { echo "not gofmt'ed:"; gofmt -l .; exit 1; }
	$(GO) vet ./...
	$(GO) vet -tags lab,window ./...
	$(GO) vet -tags noopus ./codec/opus
	GOOS=linux GOARCH=amd64 $(GO) build -o /dev/null ./...
	GOOS=linux GOARCH=arm64 $(GO) build -o /dev/null ./...
	GOOS=windows GOARCH=amd64 $(GO) build -o /dev/null ./...
	GOOS=darwin GOARCH=arm64 $(GO) build -o /dev/null ./...
	GOOS=windows $(GO) vet ./audio/device
	GOOS=darwin $(GO) vet ./audio/device
	GOOS=js GOARCH=wasm $(GO) build -o /dev/null $$($(GO) list ./... | grep -v -e /cmd -e /render/window -e /audio/device -e /libvirtctl)

.PHONY: unit
unit: ## run the tests that need nothing installed but a C compiler, libavcodec, libopus and libusb
	CGO_ENABLED=1 $(GO) test -race -shuffle=on ./...
	CGO_ENABLED=1 $(GO) test -race -shuffle=on -tags 'libopus nolibopusfile' ./codec/opus
	$(GO) test -tags noasm -shuffle=on ./codec/...

.PHONY: window-test
window-test: ## run the window's tests on a virtual display
	$(GO) test -tags window -count=1 ./render/window ./render/clipboard

.PHONY: lab-test
lab-test: build ## run the tests against real servers
	$(GO) test -tags lab -count=1 -timeout 20m -run Lab ./cmd/saffron ./audio/device

.PHONY: lab
lab: ## start a real server to play with
	@.ci/install -f testdata/lab/packages.txt
	testdata/lab/qemu.sh

.PHONY: fuzz
fuzz: ## give each fuzz target a short turn (FUZZTIME=3000x)
	.ci/fuzz $(FUZZTIME)

.PHONY: bench
bench: ## run all benchmarks
	$(GO) test -run '^$$' -bench . -benchmem ./...

.PHONY: compare
compare: ## compare the codecs with the reference's: CORPUS=folder
	@.ci/install -f testdata/lab/codecs/packages.txt
	$(GO) run ./testdata/lab/codecs/compare $(CORPUS)

.PHONY: lint
lint: ## run golangci-lint, pinned
	$(GO) run $(GOLANGCI) run ./...

.PHONY: clean
clean: ## remove what was built
	rm -rf bin demo.png
