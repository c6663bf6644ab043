# Everything that is made stays in this folder.
SWIFT_PATHS = --cache-path .build/cache --config-path .build/configuration --security-path .build/security

.PHONY: compare test build lint format setup

# The main job: the default preset, from building to the report.
compare: build
	.build/release/segbench compare

test: setup
	swift test $(SWIFT_PATHS) -c release --disable-xctest

build: setup
	swift build $(SWIFT_PATHS) -c release --product segbench

lint:
	swift format lint --strict --recursive --parallel Sources Tests Package.swift

format:
	swift format --in-place --recursive --parallel Sources Tests Package.swift

setup:
	@Scripts/setup.sh
