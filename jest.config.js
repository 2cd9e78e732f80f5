/** Tests run from the built JavaScript: worker threads need it, and no transform stands between test and product. */
export default {
  roots: ['<rootDir>/dist/tests'],
  testMatch: ['**/*.test.js'],
  transform: {},
  testEnvironment: 'node',
  testTimeout: 120_000,
  maxWorkers: 2,
};
