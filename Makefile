.PHONY: compare test build lint format setup

# The main job: the default preset, from building to the report.
compare: build
	.build/release/segbench compare

test: setup
	swift test -c release --disable-xctest

build: setup
	swift build -c release --product segbench

lint:
	swift format lint --strict --recursive --parallel Sources Tests Package.swift

format:
	swift format --in-place --recursive --parallel Sources Tests Package.swift

setup:
	@Scripts/setup.sh
