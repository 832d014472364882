import sys

from local.commands import main

sys.exit(main())
