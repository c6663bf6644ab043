# Everything that is made stays in this folder.
SWIFT_PATHS = --cache-path .build/cache --config-path .build/configuration --security-path .build/security

.PHONY: compare test build lint format setup sanitize fuzz

# The main job: the default preset, from building to the report.
compare: build
	.build/release/segbench compare

test: setup
	swift test $(SWIFT_PATHS) -c release --disable-xctest

build: setup
	swift build $(SWIFT_PATHS) -c release --product segbench

lint:
	swift format lint --strict --recursive --parallel Sources Tests Package.swift Fuzzing/Sources/fuzz Fuzzing/Package.swift

format:
	swift format --in-place --recursive --parallel Sources Tests Package.swift Fuzzing/Sources/fuzz Fuzzing/Package.swift

# All tests under AddressSanitizer, those of parallel loops under ThreadSanitizer.
sanitize: setup
	swift test $(SWIFT_PATHS) --scratch-path .build/address -c release --disable-xctest --sanitize=address
	swift test $(SWIFT_PATHS) --scratch-path .build/thread -c release --disable-xctest --sanitize=thread \
	  --filter 'ParallelTests|ThreadCountTests|ConvolutionTests|RandomForestTests|LinearSVCTests'

# A million inputs for every reader of what comes from outside, each read within a second and in bounded memory.
FUZZ_RUNS = 1000000
FUZZ_LIMITS = -timeout=60 -rss_limit_mb=1024 -malloc_limit_mb=64 -max_len=1024 -detect_leaks=0
fuzz: setup
	swift build $(SWIFT_PATHS) --package-path Fuzzing --scratch-path .build/fuzzing -c release \
	  --sanitize=fuzzer --sanitize=address --product fuzz
	mkdir -p .build/fuzz
	for reader in png safetensors experiment forest svc; do \
	  .build/fuzzing/release/fuzz $$reader -runs=$(FUZZ_RUNS) $(FUZZ_LIMITS) -artifact_prefix=.build/fuzz/$$reader- \
	    .build/fuzz/$$reader || exit 1; \
	done

setup:
	@Scripts/setup.sh
