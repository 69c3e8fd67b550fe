# Two commands do everything on a bare machine with Python 3.11 or newer: `make demo` and `make test`.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

# What Qt, OpenCV and MediaPipe need from Debian or Ubuntu, as package:library.
LIBRARIES := libegl1:libEGL.so.1 libgl1:libGL.so.1 libgles2:libGLESv2.so.2 libglib2.0-0:libglib-2.0.so.0 \
  libdbus-1-3:libdbus-1.so.3 libfontconfig1:libfontconfig.so.1 libxkbcommon-x11-0:libxkbcommon-x11.so.0 \
  libxcb-cursor0:libxcb-cursor.so.0 libxcb-icccm4:libxcb-icccm.so.4 libxcb-keysyms1:libxcb-keysyms.so.1 \
  libxcb-image0:libxcb-image.so.0 libxcb-render-util0:libxcb-render-util.so.0 \
  libxcb-shape0:libxcb-shape.so.0 libxcb-xkb1:libxcb-xkb.so.1

.PHONY: demo test heavy check format package clean help

help:  ## List the commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/'

demo: $(VENV)/installed  ## Install, then show the demo subject (headless when there is no display)
	@$(call install_system,$(LIBRARIES))
	@$(BIN)/mia demo

test: $(VENV)/installed-test  ## Install the test tools, then run every check and test
	@$(call install_system,$(LIBRARIES) xvfb: dbus:)
	-@$(call install_system,chromium:)  # opens the laboratory's report; without it that test is skipped
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest --numprocesses 2 --dist loadfile

heavy: $(VENV)/installed-test  ## Run the long tests: packaging, rendering, training
	$(BIN)/pytest -m heavy --timeout 3600

format: $(VENV)/installed-test  ## Format and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

package: $(VENV)/installed-test  ## Build the application that starts without Python, in dist/mia-live
	$(BIN)/pyinstaller --noconfirm build.spec

clean:  ## Remove everything that was built or installed here
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(VENV)/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; say which with: make demo PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { $(call install_system,python3-venv:) ; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv --clear $(VENV)
	@echo "Installing mia-live into $(VENV); the first time takes a few minutes ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/installed-test: $(VENV)/installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[test]"
	@touch $@

# Install the Debian packages whose library (or, without one, whose package) is missing: as root at once, otherwise say
# the line to type. Does nothing on other systems.
define install_system
	PATH="$$PATH:/usr/sbin:/sbin"; command -v apt-get >/dev/null || exit 0; missing=""; \
	for entry in $(1); do package=$${entry%%:*}; library=$${entry##*:}; \
	  if [ -n "$$library" ]; then ldconfig -p | grep -q "$$library" || missing="$$missing $$package"; \
	  else dpkg -s "$$package" >/dev/null 2>&1 || missing="$$missing $$package"; fi; done; \
	[ -n "$$missing" ] || exit 0; \
	if [ "$$(id -u)" = 0 ]; then echo "Installing$$missing ..."; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $$missing >/dev/null; \
	else echo "These system libraries are missing; install them with:"; \
	  echo "  sudo apt-get install -y$$missing"; fi
endef
