import sys

from bedrock_models.main import main

sys.exit(main())
