import sys

from acceptance.command import main

sys.exit(main())
