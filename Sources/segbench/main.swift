import Harness
print("segbench")
