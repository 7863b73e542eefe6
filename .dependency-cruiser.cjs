/**
 * The road of one execution (client → edge → worker) is also the direction of imports. A rule's comment says what to
 * import instead.
 */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Move what both sides need into a third file. Types alone may go in circles (`import type`).',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'edge-not-worker',
      comment: 'The edge and the worker meet only in shared/: put the contract there.',
      severity: 'error',
      from: { path: '^edge/' },
      to: { path: '^worker-node/' },
    },
    {
      name: 'worker-not-edge',
      comment: 'The edge and the worker meet only in shared/: put the contract there.',
      severity: 'error',
      from: { path: '^worker-node/' },
      to: { path: '^edge/' },
    },
    {
      name: 'shared-is-the-bottom',
      comment:
        'shared/ runs anywhere and knows nobody. Only shared/client.ts may name the type AppRouter of edge/trpc.ts.',
      severity: 'error',
      from: { path: '^shared/', pathNot: '^shared/client\\.ts$' },
      to: { path: '^(edge|worker-node|scripts|test|examples)/' },
    },
    {
      name: 'client-names-types-only',
      comment:
        "shared/client.ts runs in browsers: `import type { AppRouter }` from edge/trpc, and nothing else of the edge's.",
      severity: 'error',
      from: { path: '^shared/client\\.ts$' },
      to: { path: '^(edge|worker-node|scripts|test|examples)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'client-names-the-router-only',
      comment: 'shared/client.ts may name AppRouter of edge/trpc and nothing else outside shared/.',
      severity: 'error',
      from: { path: '^shared/client\\.ts$' },
      to: { path: '^(edge|worker-node|scripts|test|examples)/', pathNot: '^edge/trpc(/|\\.ts$)' },
    },
    {
      name: 'domain-is-pure',
      comment:
        'shared/domain holds pure rules: import siblings, shared/errors, shared/limits, shared/schemas; of libraries only zod, the expression and the cron library.',
      severity: 'error',
      from: { path: '^shared/domain/' },
      to: {
        pathNot:
          '^shared/((domain|schemas)/|errors\\.ts$|limits\\.ts$)|(^|/)node_modules/(zod|@marcbachmann/cel-js|croner)/',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'edge-one-way',
      comment:
        'A request goes rest → trpc → services → repositories and Durable Objects: nobody imports what comes before. Take an argument, or move what both need to edge/ or shared/.',
      severity: 'error',
      from: { path: '^edge/(trpc|services|durable|repositories)/' },
      to: { path: '^edge/((rest|console)/|context\\.ts$|index\\.ts$)' },
    },
    {
      name: 'edge-below-trpc',
      comment: 'As edge-one-way: procedures call services, not the other way round.',
      severity: 'error',
      from: { path: '^edge/(services|durable|repositories)/' },
      to: { path: '^edge/trpc/' },
    },
    {
      name: 'edge-below-services',
      comment: 'As edge-one-way: repositories and Durable Objects serve services, of which they know nothing.',
      severity: 'error',
      from: { path: '^edge/(durable|repositories)/' },
      to: { path: '^edge/services/' },
    },
    {
      name: 'procedures-call-services',
      comment: 'A procedure reaches storage and Durable Objects through a service.',
      severity: 'error',
      from: { path: '^edge/trpc/' },
      to: { path: '^edge/(durable|repositories)/' },
    },
    {
      name: 'repositories-are-the-bottom',
      comment: 'Repositories know the database alone.',
      severity: 'error',
      from: { path: '^edge/repositories/' },
      to: { path: '^edge/durable/' },
    },
    {
      name: 'services-name-objects',
      comment:
        'A service knows Durable Objects by their interfaces: `import type`, and wire the stub up in edge/context.ts.',
      severity: 'error',
      from: { path: '^edge/services/' },
      to: { path: '^edge/durable/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'plugins-know-no-engine',
      comment: 'A plugin gets what it needs in its context: see worker-node/plugins/define-plugin.ts.',
      severity: 'error',
      from: { path: '^worker-node/(plugins|artifacts)/' },
      to: { path: '^worker-node/((dispatch|activities|workflows)/|(main|run-worker|engine-\\w+)\\.ts$)' },
    },
    {
      name: 'activities-not-dispatch',
      comment: 'An activity gets its way to the edge as an argument: take an interface of activities/deps.ts.',
      severity: 'error',
      from: { path: '^worker-node/activities/' },
      to: { path: '^worker-node/(dispatch/|(main|run-worker)\\.ts$)' },
    },
    {
      name: 'dispatch-not-activities',
      comment:
        'Dispatch starts runs and carries news; what runs is wired up in worker-node/run-worker.ts. Types may be named.',
      severity: 'error',
      from: { path: '^worker-node/dispatch/' },
      to: {
        path: '^worker-node/((activities|plugins|artifacts)/|(main|run-worker)\\.ts$)',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'services-are-told',
      comment: 'A service gets its collaborators as arguments: take an interface, and wire it up in edge/context.ts.',
      severity: 'error',
      from: { path: '^edge/services/' },
      to: { path: '(^|/)node_modules/(drizzle-orm|hono)/|^cloudflare:' },
    },
    {
      name: 'workflows-are-deterministic',
      comment:
        'Workflow code runs in a sandbox and is replayed: import shared/ and @temporalio/workflow; of everything else only types.',
      severity: 'error',
      from: { path: '^worker-node/workflows/' },
      to: {
        pathNot: '^(worker-node/workflows|shared)/|(^|/)node_modules/@temporalio/workflow/',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'product-not-tooling',
      comment: 'scripts/ and test/ use the product, never the other way round.',
      severity: 'error',
      from: { path: '^(edge|worker-node|shared)/' },
      to: { path: '^(scripts|test)/' },
    },
    {
      name: 'resolvable',
      comment:
        'The import names no file and no installed package: correct the path (with `.ts`) or add the dependency.',
      severity: 'error',
      from: {},
      // `cloudflare:` comes with workerd, `wf` with the process that runs a node script.
      to: { couldNotResolve: true, pathNot: '^(cloudflare:|wf$)' },
    },
  ],
  options: {
    // TypeScript 7 has no compiler API in JavaScript that could parse here.
    parser: 'swc',
    // Imports of types count too.
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['workerd', 'import', 'types', 'default'] },
  },
};
