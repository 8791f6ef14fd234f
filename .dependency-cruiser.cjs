/** The directions in which imports may point. README's map of the house says the same in words. */
const capabilities =
  'orders|stock|reservations|inbound|promises|backorders|warehouse|alerts|events|reactors|audit|erasure|forecast|replenishment';

module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-unresolved',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'core-stands-alone',
      comment: 'The business knows nothing of CDK, of the laptop or of Lambda files.',
      severity: 'error',
      from: { path: '^core/' },
      to: { path: '^(lib|local|functions|bin|bench|test)/|node_modules/(aws-cdk-lib|constructs)/' },
    },
    {
      name: 'aws-sdk-in-platform-only',
      severity: 'error',
      from: { path: '^(core|functions)/', pathNot: '^core/platform/' },
      to: { path: 'node_modules/@aws-sdk/' },
    },
    {
      name: 'platform-is-the-ground-floor',
      severity: 'error',
      from: { path: '^core/platform/' },
      to: { path: '^core/', pathNot: '^core/platform/' },
    },
    {
      name: 'capabilities-do-not-know-http',
      severity: 'error',
      from: { path: `^core/(${capabilities})/` },
      to: { path: '^core/http/|node_modules/(hono|@hono)/' },
    },
    {
      name: 'functions-use-core',
      severity: 'error',
      from: { path: '^functions/' },
      to: { path: '^(lib|local|bin|bench|test)/' },
    },
    {
      name: 'infrastructure-reaches-code-by-path-only',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: '^(core|functions|local|bench|test)/' },
    },
    {
      name: 'tests-are-not-imported',
      severity: 'error',
      from: { pathNot: '^test/' },
      to: { path: '^test/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
