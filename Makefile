# Everything that is made stays in this folder.
SWIFT_PATHS = --cache-path .build/cache --config-path .build/configuration --security-path .build/security

.PHONY: compare test build serve serve-test serve-page-test slurm-test lint format setup sanitize fuzz docs \
  reference quick note note.pdf note.docx slides.pptx slides.html report.html interop interop-onnx interop-tracking \
  interop-torch interop-notebook mpi mpi-test \
  program manual install tarball deb

# The main job: the default preset, from building to the report.
compare: build
	.build/release/segbench compare

test: setup
	swift test $(SWIFT_PATHS) -c release --disable-xctest --disable-testable-imports

build: setup
	swift build $(SWIFT_PATHS) -c release --product segbench

# The server that `segbench serve` starts. It is a program of its own, and no other target fetches or builds SwiftNIO and
# Hummingbird, which take minutes.
serve: build
	SEGBENCH_SERVE=1 swift build $(SWIFT_PATHS) -c release --product segbench-serve

# The server over HTTP; what it does beside HTTP is tested with all else.
serve-test: serve
	SEGBENCH_SERVE=1 swift test $(SWIFT_PATHS) -c release --disable-xctest --disable-testable-imports --filter ServerTests

# The page in headless Chromium (apt-get install chromium), and the API against its description.
PAGE = .build/page
serve-page-test: serve
	@command -v chromium >/dev/null || { echo "this needs chromium: apt-get install chromium" >&2; exit 1; }
	python3 -m venv $(PAGE)/venv
	$(PAGE)/venv/bin/pip install --quiet axe-core-python openapi-spec-validator schemathesis websocket-client
	$(PAGE)/venv/bin/python Tests/PageTests/page.py .build/release/segbench $(PAGE)

# A grid on a real Slurm with three nodes on this machine (apt-get install slurm-wlm munge, as root): ten minutes.
slurm-test: build
	python3 Tests/ClusterTests/slurm.py .build/release/segbench .build/slurm

# What other tools make of what is exported, and what is made of what they write. Each has an environment of its own, so
# that none needs what another has; all of it is fetched from PyPI at the first time.
INTEROP = .build/interop
interop: interop-onnx interop-tracking interop-torch interop-notebook

# onnxruntime.
interop-onnx: build
	python3 -m venv $(INTEROP)/onnx-venv
	$(INTEROP)/onnx-venv/bin/pip install --quiet numpy onnx onnxruntime pillow
	$(INTEROP)/onnx-venv/bin/python Tests/InteropTests/onnx_interop.py .build/release/segbench $(INTEROP)/onnx

# TensorBoard's own readers, and a server of MLflow on SQLite.
interop-tracking: build
	python3 -m venv $(INTEROP)/tracking
	$(INTEROP)/tracking/bin/pip install --quiet tensorboard mlflow
	for script in tensorboard_events mlflow_runs; do \
	  $(INTEROP)/tracking/bin/python Tests/InteropTests/$$script.py .build/release/segbench $(INTEROP)/work || exit 1; done

# PyTorch, beside segmentation_models.pytorch and those who publish encoders.
interop-torch: build
	python3 -m venv $(INTEROP)/torch
	$(INTEROP)/torch/bin/pip install --quiet torch==2.13.0 torchvision safetensors segmentation-models-pytorch pillow
	$(INTEROP)/torch/bin/python Tests/InteropTests/torch_networks.py .build/release/segbench $(INTEROP)/work

# The notebook of docs.
interop-notebook: build
	python3 -m venv $(INTEROP)/notebook
	$(INTEROP)/notebook/bin/pip install --quiet pandas matplotlib nbconvert ipykernel
	$(INTEROP)/notebook/bin/python Tests/InteropTests/notebook.py .build/release/segbench $(INTEROP)/work

# What lies between the program and MPI, for each MPI that is installed. The program loads it where mpiexec has started it.
mpi: build
	@MPICC="$(MPICC)" Scripts/mpi.sh .build/release

# Trainings on several ranks of this machine, with each MPI that is installed; as root also on hosts that are network
# namespaces: MPI_TEST=--hosts.
MPI_TEST =
mpi-test: mpi
	@for library in .build/release/libsegbench-*.so; do \
	  kind=$${library##*-}; \
	  python3 Tests/ClusterTests/mpi.py .build/release/segbench .build/mpi --mpi $${kind%.so} $(MPI_TEST) || exit 1; \
	done

lint:
	swift format lint --strict --recursive --parallel Sources Tests Package.swift Plugins Fuzzing/Sources/fuzz Fuzzing/Package.swift

format:
	swift format --in-place --recursive --parallel Sources Tests Package.swift Plugins Fuzzing/Sources/fuzz Fuzzing/Package.swift

# All tests under AddressSanitizer, those of parallel loops under ThreadSanitizer. Leaks aren't looked for: Foundation
# leaks in reading empty files and in starting processes.
sanitize: setup
	ASAN_OPTIONS=detect_leaks=0 swift test $(SWIFT_PATHS) --scratch-path .build/address -c release --disable-xctest --sanitize=address
	swift test $(SWIFT_PATHS) --scratch-path .build/thread -c release --disable-xctest --sanitize=thread \
	  --filter 'ParallelTests|ThreadCountTests|ConvolutionTests|DepthwiseTests|InterleavingTests|PlaneTests|RandomForestTests|LinearSVCTests'

# Every module's documentation, in .build/docs/plugins; a warning is an error.
DOCUMENTED = Build Compute Storage Settings Scenes Streets Baselines Deep Harness Reports Serving Exports
docs: setup
	SEGBENCH_DOCS=1 swift package $(SWIFT_PATHS) --scratch-path .build/docs generate-documentation \
	  $(DOCUMENTED:%=--target %) --symbol-graph-minimum-access-level package --warnings-as-errors

# A million inputs for every reader of what comes from outside, each read within a second and in bounded memory. What
# the tables of settings keep for the whole run would count as leaks.
FUZZ_RUNS = 1000000
FUZZ_READERS = png jpeg list description safetensors experiment forest svc request
FUZZ_LIMITS = -timeout=60 -rss_limit_mb=1024 -malloc_limit_mb=64 -max_len=2048 -detect_leaks=0
# Swift's own choice of coverage is one that libFuzzer no longer reads.
FUZZ_COVERAGE = -Xswiftc -sanitize-coverage=edge,inline-8bit-counters,pc-table
fuzz: setup
	swift build $(SWIFT_PATHS) --package-path Fuzzing --scratch-path .build/fuzzing -c release \
	  --sanitize=fuzzer --sanitize=address $(FUZZ_COVERAGE) --product fuzz
	mkdir -p .build/fuzz
	for reader in $(FUZZ_READERS); do \
	  SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0 .build/fuzzing/release/fuzz $$reader -runs=$(FUZZ_RUNS) $(FUZZ_LIMITS) -artifact_prefix=.build/fuzz/$$reader- \
	    .build/fuzz/$$reader || exit 1; \
	done

# The committed reports and the note in English and French, from the committed records: nothing is trained.
NOTED = reports/reproduction/records reports/augmentation/records
note: build
	.build/release/segbench report reports/quick/records
	for language in en fr; do .build/release/segbench note $(NOTED) --language $$language --beside seeds || exit 1; done

# The default experiment's records made anew, as after a change of numbers, and what is made of them.
quick: build
	rm -rf .build/quick reports/quick/records && mkdir -p .build/quick
	cd .build/quick && ../release/segbench compare
	.build/release/segbench records .build/quick/runs/quick
	$(MAKE) note

# A note as PDF or Word, beside it, where pandoc and, for PDF, WeasyPrint are installed; slides as PowerPoint and as a page
# of reveal.js, whose scripts its reader's browser loads.
NOTE = reports/note/note.md
SLIDES = reports/slides/slides.md
# Figures are the PNG ones: WeasyPrint can't draw gnuplot's SVG, and Word needs another program for it.
PANDOC_NOTE = sed 's/\.svg)/.png)/g' $(notdir $(NOTE)) | \
  pandoc --from gfm+tex_math_dollars --standalone --shift-heading-level-by -1 --lua-filter $(CURDIR)/Scripts/note.lua
PANDOC_SLIDES = pandoc --from markdown --standalone --slide-level 2 --lua-filter $(CURDIR)/Scripts/note.lua

note.pdf:
	@Scripts/needs.sh "$(NOTE)" pandoc weasyprint
	cd $(dir $(NOTE)) && $(PANDOC_NOTE) --css $(CURDIR)/Scripts/note.css --pdf-engine weasyprint \
	  --output $(notdir $(NOTE:.md=.pdf))

note.docx:
	@Scripts/needs.sh "$(NOTE)" pandoc
	cd $(dir $(NOTE)) && $(PANDOC_NOTE) --output $(notdir $(NOTE:.md=.docx))

slides.pptx:
	@Scripts/needs.sh "$(SLIDES)" pandoc python3
	mkdir -p .build && pandoc --print-default-data-file reference.pptx | python3 Scripts/slides.py > .build/slides.pptx
	cd $(dir $(SLIDES)) && $(PANDOC_SLIDES) --reference-doc $(CURDIR)/.build/slides.pptx \
	  --output $(notdir $(SLIDES:.md=.pptx)) $(notdir $(SLIDES))

slides.html:
	@Scripts/needs.sh "$(SLIDES)" pandoc
	cd $(dir $(SLIDES)) && $(PANDOC_SLIDES) --to revealjs --include-in-header $(CURDIR)/Scripts/slides.html \
	  --output $(notdir $(SLIDES:.md=.html)) $(notdir $(SLIDES))

# A report (or a note) as one page that can be sent: figures, tables as CSV and cards are in it, and tables can be sorted.
REPORT = reports/quick/report.md
report.html:
	@Scripts/needs.sh "$(REPORT)" pandoc
	cd $(dir $(REPORT)) && pandoc --from gfm+tex_math_dollars --standalone --self-contained --mathml --toc --toc-depth 2 \
	  --lua-filter $(CURDIR)/Scripts/html.lua --css $(CURDIR)/Scripts/report.css \
	  --include-in-header $(CURDIR)/Scripts/sort.html \
	  --output $(notdir $(REPORT:.md=.html)) $(notdir $(REPORT))

# The pages of docs that are made from the program; a test compares them.
reference: build
	for page in settings commands; do .build/release/segbench reference $$page > docs/$$page.md || exit 1; done

# What is shipped: the program with Swift's runtime in it, and its manual; with SERVE=1 the server, too.
PROGRAM = .build/static/release/segbench
PROGRAMS = segbench
ifdef SERVE
export SEGBENCH_SERVE = 1
PROGRAMS += segbench-serve
endif
program: setup
	for program in $(PROGRAMS); do \
	  swift build $(SWIFT_PATHS) --scratch-path .build/static -c release --product $$program --static-swift-stdlib || exit 1; done

# By the argument parser's own plugin, which builds the program without the runtime, too, and asks it for its help.
manual: setup
	swift package $(SWIFT_PATHS) plugin generate-manual --multi-page --date "$$(git log -1 --format=%cs 2>/dev/null || date +%F)"

# Built only where sources are newer, so that root can install what a user has built.
BUILT = $(PROGRAMS:%=$(dir $(PROGRAM))%)
$(BUILT) &: $(shell find Sources Plugins Package.swift -type f)
	$(MAKE) program manual
	touch $(BUILT)

PREFIX = /usr/local
install: $(BUILT)
	DESTDIR=$(DESTDIR) PREFIX=$(PREFIX) Scripts/package.sh install

tarball deb: program manual
	Scripts/package.sh $@

setup:
	@Scripts/setup.sh
