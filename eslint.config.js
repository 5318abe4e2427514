/**
 * The rules of style.md that a linter can see. What concerns the folders (who may import whom, which globals the pure folders may
 * name) is proved once more by test/architecture, which also shows that it looked at every file; here an editor shows it at once.
 */
import tseslint from 'typescript-eslint'

const pureFolders = ['domain/**/*.ts', 'projections/**/*.ts']
const PURE = 'The domain and its projections are pure: what they need arrives as an argument.'

/** Node strips types and nothing else, so syntax that would need code to be made for it cannot run. */
const nonErasable = [
  ['TSEnumDeclaration', 'Use a union of literals.'],
  ['TSParameterProperty', 'Assign the field in the constructor.'],
  ['TSModuleDeclaration[kind="namespace"]', 'Use a file.'],
  ['TSImportEqualsDeclaration', 'Use import.'],
  ['TSExportAssignment', 'Use export.']
].map(([selector, instead]) => ({ selector, message: `Type stripping cannot run this. ${instead}` }))

const NO_SHELL = 'No shell ever sees an argument of ours: use spawn or execFile with a list of arguments.'
const shells = [
  { selector: 'Property[key.name="shell"]:not([value.value=false])', message: NO_SHELL },
  {
    selector: 'CallExpression[callee.property.name=/^(exec|execSync)$/][callee.object.name=/^(child_process|childProcess|cp)$/]',
    message: NO_SHELL
  }
]

const focused = {
  selector: 'MemberExpression[property.name="only"][object.name=/^(test|it|describe)$/]',
  message: 'This would hide every other test of the file.'
}

const impure = [
  { selector: 'ClassDeclaration, ClassExpression', message: 'The domain is records and functions.' },
  { selector: 'MemberExpression[property.name=/^(toLocale\\w+|localeCompare)$/]', message: 'Depends on the locale. ' + PURE },
  { selector: 'TSTypeAssertion', message: 'Trust the types, or decode.' }
]

const impureGlobals = [
  'Date JSON Intl process console performance crypto Buffer fetch globalThis global structuredClone',
  'setTimeout setInterval setImmediate queueMicrotask clearTimeout clearInterval clearImmediate Temporal WeakRef FinalizationRegistry'
]
  .flatMap((names) => names.split(' '))
  .map((name) => ({ name, message: PURE }))

/** IEEE 754 does not say what the last bit of these is, so two machines may answer two scores. */
const unequalMath = 'acos acosh asin asinh atan atan2 atanh cbrt cos cosh exp expm1 hypot log log10 log1p log2 pow sin sinh tan tanh'
  .split(' ')
  .map((property) => ({ object: 'Math', property, message: 'Not the same on every machine: take a table of integers.' }))

export default tseslint.config(
  { ignores: ['node_modules/', 'dist/', 'coverage/', 'sdk/python/', 'sdk/java/'] },
  tseslint.configs.base,
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': 'allow-with-description' }],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-implied-eval': 'error',
      // Fastify's replies are thenable, and are given where it asks for a function that answers nothing.
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { properties: false } }],
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true, argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }]
    }
  },
  {
    files: ['**/*.{ts,js,mjs}'],
    rules: {
      eqeqeq: 'error',
      'max-lines': ['error', 300],
      'max-params': ['error', 4],
      'no-eval': 'error',
      'no-new-func': 'error',
      'no-restricted-imports': [
        'error',
        { paths: ['node:child_process', 'child_process'].map((name) => ({ name, importNames: ['exec', 'execSync'], message: NO_SHELL })) }
      ],
      'no-restricted-syntax': ['error', ...nonErasable, ...shells, focused],
      'no-var': 'error',
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx'], location: 'start' }],
      'prefer-const': 'error'
    }
  },
  {
    files: ['**/*.{ts,js,mjs}'],
    ignores: ['test/**'],
    rules: { 'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }] }
  },
  {
    files: pureFolders,
    rules: {
      'no-restricted-globals': ['error', ...impureGlobals],
      'no-restricted-imports': ['error', { patterns: [{ group: ['node:*'], message: PURE }] }],
      'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: PURE }, ...unequalMath],
      'no-restricted-syntax': ['error', ...nonErasable, ...shells, ...impure]
    }
  },
  {
    files: pureFolders,
    // Where a type is made out of what the compiler cannot see: the columns of a table, branded numbers, codecs, rows of a view.
    ignores: ['domain/kernel/{ids,table}.ts', 'domain/events/{codec,event,size}.ts', 'projections/view.ts'],
    rules: { '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }] }
  }
)
