/** The extension's commands and the shapes of their arguments. */

export namespace CommandIDs {
  /** Checks, saves and deploys the notebook in front, or the one at `path`. */
  export const deployNotebook = 'slipway:deploy-notebook';
  /** Deploys what the last commit holds of the notebook in front, or of the one at `path`. */
  export const deployCommit = 'slipway:deploy-commit';
  /** Brings the side panel to the front. */
  export const showPanel = 'slipway:show-panel';
  /** Goes to the next problem of the notebook in front. */
  export const nextProblem = 'slipway:next-problem';
  /** Goes to the problem before. */
  export const previousProblem = 'slipway:previous-problem';
  /** Applies a fix for the problem at the cursor. */
  export const fixProblem = 'slipway:fix-problem';
  /** Applies all fixes that need no decision. */
  export const fixAll = 'slipway:fix-all';
  /** Opens the page of a rule. */
  export const explainRule = 'slipway:explain-rule';
}

export namespace CommandArguments {
  export const deployNotebook = {
    type: 'object',
    properties: {
      path: {
        type: 'string',
        description: 'Path of an open notebook; the one in front by default'
      },
      name: {
        type: 'string',
        description:
          "Deployment to make a release of; the notebook's own by default"
      },
      anyway: {
        type: 'boolean',
        description: 'Deploy although the lint finds errors'
      },
      sample: {
        type: 'string',
        description: 'JSON text of one sample, scored before going live'
      },
      acceptNondeterministic: {
        type: 'boolean',
        description:
          'Deploy a model that answers the same sample differently from one call to the next'
      },
      engine: {
        type: 'string',
        description:
          "Engine to build and run it with; empty for the deployment's own, or the server's default; by default the one chosen in the panel"
      },
      keep: {
        type: 'array',
        items: { type: 'string' },
        description:
          "Packages that the service is to keep, now and later: noted in the notebook's metadata"
      }
    }
  } as const;

  export const deployCommit = {
    type: 'object',
    properties: {
      path: deployNotebook.properties.path,
      name: deployNotebook.properties.name,
      sample: deployNotebook.properties.sample,
      engine: deployNotebook.properties.engine
    }
  } as const;

  export const explainRule = {
    type: 'object',
    properties: {
      code: { type: 'string', description: 'Code of the rule, such as SLP101' }
    },
    required: ['code']
  } as const;

  export const none = { type: 'object', properties: {} } as const;
}
