// Reads a list of state machines' definitions and writes, for each, what an independent validator of the Amazon States
// Language finds in it: `node validate_asl.cjs PACKAGES < definitions.json`.
const { createRequire } = require('node:module')
const { readFileSync } = require('node:fs')

const validate = createRequire(process.argv[2] + '/')('asl-validator')

const definitions = JSON.parse(readFileSync(0, 'utf8'))
process.stdout.write(JSON.stringify(definitions.map((definition) => validate(definition).errors)))
