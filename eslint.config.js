import { defineConfig, globalIgnores } from 'eslint/config';
import rxjsX from 'eslint-plugin-rxjs-x';
import tseslint from 'typescript-eslint';
import { finnishValues } from './scripts/eslint/finnish-values.js';
import { messageStyle } from './scripts/eslint/message-style.js';

const clocks = ['Date', 'performance', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'];
const useScheduler = 'Time comes from the scheduler of the client.';
const useEnvironment = 'Chance comes from src/client/platform/environment.ts.';

export default defineConfig(
  globalIgnores([
    'dist',
    'coverage',
    'docs/api',
    '.api',
    'node_modules',
    '.stryker-tmp',
    'test/package/consumer',
    'examples/angular-dashboard',
  ]),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked, rxjsX.configs.strict],
    plugins: { project: { rules: { 'finnish-values': finnishValues, 'message-style': messageStyle } } },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      'no-eval': 'error',
      'no-script-url': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'project/finnish-values': ['error', { functions: false, methods: false, parameters: false, objects: false }],

      // numbers read well in a template; objects stay forbidden
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // `() => subject.next()` and `return subject.next()` are how RxJS code leaves a function
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // `interface PubackPacket extends Ack<'puback'> {}` gives a type a name
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'with-single-extends' }],
      // what neither keeps values back nor subscribes again is safe behind takeUntil
      'rxjs-x/no-unsafe-takeuntil': [
        'error',
        {
          allow: [
            'catchError',
            'defaultIfEmpty',
            'endWith',
            'filter',
            'finalize',
            'ignoreElements',
            'map',
            'share',
            'throwIfEmpty',
          ],
        },
      ],
      // takeWhile may look at the session
      'rxjs-x/no-ignored-takewhile-value': 'off',
      // ReconnectStrategy may answer nothing: ObservableInput<AttemptOverrides | void>
      '@typescript-eslint/no-invalid-void-type': 'off',
      // what was caught goes on as it came
      '@typescript-eslint/only-throw-error': ['error', { allowThrowingAny: true, allowThrowingUnknown: true }],
      'rxjs-x/throw-error': ['error', { allowThrowingAny: true, allowThrowingUnknown: true }],
      // callers in JavaScript, and brokers, do not keep to the types
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // tables are indexed where the index is known to be there
      '@typescript-eslint/no-non-null-assertion': 'off',
      // `x === undefined || !x.ready` says what happens without x
      '@typescript-eslint/prefer-optional-chain': 'off',
      // the hot path counts
      '@typescript-eslint/prefer-for-of': 'off',
      // json<T>() is a promise of the caller
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // `= undefined` gives a parameter property a default, but not a `?`
      '@typescript-eslint/no-useless-default-assignment': 'off',
      // an `as` from an interface to the one class that implements it is meant
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'project/message-style': 'error',
      'no-console': 'error',
      'no-restricted-globals': ['error', ...clocks.map(name => ({ name, message: useScheduler }))],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: useEnvironment },
        ...['globalThis', 'window', 'self'].flatMap(object =>
          clocks.map(property => ({ object, property, message: useScheduler })),
        ),
      ],
    },
  },
  // lines of the log, headings of differences, descriptions of pictures and texts of the inspector consist of sentences; CSS and files that
  // are written are none
  {
    files: [
      'src/client/lifecycle/failure-log.ts',
      'src/testing/marbles/**/*.ts',
      'src/trace/draw/summary.ts',
      'src/trace/draw/picture/style.ts',
      'src/inspector/view/**/*.ts',
      'src/inspector/model/payload.ts',
      'src/cli/watch/page-files.ts',
      'src/schematics/files.ts',
    ],
    rules: { 'project/message-style': 'off' },
  },
  {
    files: ['src/cli/**/*.ts'],
    rules: {
      // a program of its own has the clock of the process
      'no-restricted-globals': 'off',
      // an EmptyError is the right answer where nothing came
      'rxjs-x/no-ignored-default-value': 'off',
    },
  },
  {
    files: ['src/nestjs/**/*.ts'],
    rules: {
      // NestJS wants promises, and the streams of the client that it watches never error
      'rxjs-x/no-ignored-default-value': 'off',
      'rxjs-x/no-ignored-error': 'off',
    },
  },
  {
    files: ['{test,examples}/nestjs/**/*.ts', 'test/package/consumer/nestjs/*.ts'],
    rules: {
      // without one, NestJS 12 takes the type of the event from its name
      '@typescript-eslint/no-unnecessary-type-arguments': 'off',
      // a module is an empty class, and constructors name classes for the injector
      '@typescript-eslint/no-extraneous-class': 'off',
    },
  },
  { files: ['src/client/platform/environment.ts'], rules: { 'no-restricted-properties': 'off' } },
  {
    files: ['{test,bench,marbles,scripts,examples}/**/*.ts'],
    rules: {
      '@typescript-eslint/explicit-module-boundary-types': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
    },
  },
  {
    files: ['{test,bench,marbles,examples/testing}/**/*.ts'],
    rules: {
      // expect(x).to.be.true
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // a test hands over what the types forbid
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      'rxjs-x/throw-error': 'off',
      // a test drives streams from outside; test/support/setup.ts fails it for an error that nobody handles
      'project/finnish-values': 'off',
      'rxjs-x/no-exposed-subjects': 'off',
      'rxjs-x/no-ignored-error': 'off',
      // an EmptyError fails the test as it should
      'rxjs-x/no-ignored-default-value': 'off',
      'rxjs-x/no-ignored-replay-buffer': 'off',
      'rxjs-x/no-nested-subscribe': 'off',
    },
  },
  {
    files: ['test/{protocol,operators}/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '/src/(client|transport|angular)/',
              message: 'Test the protocol and the operators without what is built on them.',
            },
          ],
        },
      ],
    },
  },
  { files: ['**/*.{js,cjs,mjs}'], rules: { eqeqeq: 'error', 'no-unused-vars': 'error', 'prefer-const': 'error' } },
);
