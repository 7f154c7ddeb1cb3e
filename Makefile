# make lab    open the course in JupyterLab         make test       run every test (16 min)
# make lint   check style                           make check      run the quick ones (1.5 min)
# make speed  print the table of speeds             make notebooks  execute what is stale
# make site   the course as pages without a kernel  make pictures   redraw the README's pictures
# make fuzz   odd pictures, odd arguments           make colab      prove that it runs on Colab
# make denoise IN=photo.jpg OUT=restored.png   restore a picture of yours, or a folder of them
# make accuracy  how well noise is estimated (40 min)
# make tables    how well filters and networks restore Set12, and BM3D BSD68 (40 min)

PYTHON ?= python3
BIN := .venv/bin
# JupyterLab refuses to run as root (as in most containers) unless told that it may.
ROOT_FLAG := $(if $(filter 0,$(shell id -u)),--allow-root)
# Which build of torch; by default tools/release/torch_build.py looks for an NVIDIA card and decides.
export TORCH ?=

install: .venv/ready

# In reader/, a copy without outputs that belongs to the reader: `git pull` meets no change there.
# Nothing pops up over the notebook: no news are fetched, nor offered.
lab: .venv/ready
	$(BIN)/python -m tools.notebooks copy
	$(BIN)/jupyter lab --LabApp.default_url=/lab/tree/reader/00_start_here.ipynb \
	  --LabApp.news_url=None --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate \
	  $(ROOT_FLAG) $(ARGS)

# One thread in each of pytest's workers: they share the cores already, and threads of several
# processes that wait for each other are many times slower.
check test: export OMP_NUM_THREADS ?= 1

check: .venv/ready
	$(BIN)/python -m pytest -n auto -m "not (notebooks or browser or training or studies or slow)" $(ARGS)

# Everything, then the numeric tests once more under the other kernels that this processor has.
test: .venv/ready
	$(BIN)/python -m pytest -n auto $(ARGS)
	$(if $(ARGS),,$(BIN)/python -m tests.kernels)

# Odd pictures and odd arguments for everything public: make fuzz ARGS="--minutes 60 --faults"
fuzz: .venv/ready
	$(BIN)/python -m tests.fuzz $(ARGS)

# More of what it takes: make denoise IN=photos OUT=restored ARGS="--report report.html"
denoise: .venv/ready
	$(BIN)/python -m helpers.denoise $(if $(IN),"$(IN)") $(if $(OUT),"$(OUT)") $(ARGS)

speed: .venv/ready
	$(BIN)/python -m tools.measure.speed $(ARGS)

accuracy: .venv/ready
	$(BIN)/python -m tools.measure.accuracy $(ARGS)

tables: SIGMAS := gaussian:sigma=15 gaussian:sigma=25 gaussian:sigma=50
tables: .venv/ready
	$(BIN)/python -m helpers.benchmark --size 0 --noises $(SIGMAS) --images set12 $(ARGS)
	$(BIN)/python -m helpers.benchmark --size 0 --noises $(SIGMAS) --images bsd68 --methods bm3d

notebooks: .venv/ready
	$(BIN)/python -m tools.notebooks $(ARGS)

# The site's tools have an environment of their own, so that the course's pins stay few.
site: export SPHINX_PYTHON = .venv-site/bin/python
site: .venv/ready .venv-site/ready
	$(BIN)/python -m tools.site $(ARGS)

colab: .venv/ready
	$(BIN)/python -m tools.release.colab $(ARGS)

pictures: .venv/ready
	$(BIN)/python -m tools.measure.pictures

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# The mark is made last: an interrupted installation is taken up again.
.venv/ready: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)"; \
	  exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m tools.release.torch_build
	$(BIN)/python -m pip install -r requirements.txt
	$(BIN)/python -m pip install --no-deps --editable .
	@touch $@

.venv-site/ready: docs/requirements.txt
	$(PYTHON) -m venv .venv-site
	.venv-site/bin/python -m pip install --quiet --upgrade pip
	.venv-site/bin/python -m pip install --quiet -r docs/requirements.txt
	@touch $@

.PHONY: install lab check test fuzz denoise speed accuracy tables notebooks site colab pictures lint
