"""Runs the checker where nothing was installed: python3 sdk/python/fastgpu_verify.py FILE"""

import sys

from fastgpu.verify import main

if __name__ == "__main__":
    sys.exit(main())
