import { defineConfig } from 'vitest/config';

// the library is taken from its source; a project of your own needs none of these conditions
const conditions = ['rxjs-mqtt-source', 'node', 'import', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: { include: ['examples/testing/*.vitest.ts'] },
});
