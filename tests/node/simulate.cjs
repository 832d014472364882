// Reads {policies: {name: [documents]}, requests: [{who, action, resource, context}]} and writes, for each request, whether
// an independent evaluator of IAM policies allows it, and what of it the service authorization reference does not know.
const { createRequire } = require('node:module')
const { readFileSync } = require('node:fs')

const { runSimulation } = createRequire(process.argv[2] + '/')('@cloud-copilot/iam-simulate')

async function answer(account, documents, { action, resource, context }) {
  const simulation = {
    request: {
      principal: `arn:aws:iam::${account}:role/caller`,
      action,
      resource: { resource, accountId: account },
      contextVariables: context
    },
    identityPolicies: documents.map((policy, index) => ({ name: `policy-${index}`, policy })),
    serviceControlPolicies: [],
    resourceControlPolicies: []
  }
  if (action.startsWith('kms:')) {
    // What the CDK gives each key: its account's IAM policies decide.
    const owner = { AWS: `arn:aws:iam::${account}:root` }
    simulation.resourcePolicy = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: owner, Action: 'kms:*', Resource: '*' }]
    }
  }
  const found = await runSimulation(simulation, {})
  const ignored = found.result?.ignoredContextKeys ?? (found.results ?? []).flatMap((each) => each.ignoredContextKeys ?? [])
  return { result: found.overallResult ?? 'Error', errors: found.errors ?? null, ignored }
}

async function main() {
  const { account, policies, requests } = JSON.parse(readFileSync(0, 'utf8'))
  const answers = []
  for (const request of requests) {
    answers.push(await answer(account, policies[request.who], request))
  }
  process.stdout.write(JSON.stringify(answers))
}

main()
