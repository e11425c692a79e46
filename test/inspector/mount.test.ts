import { expect } from 'chai';
import { NEVER } from 'rxjs';
import { type InspectorOptions, mountInspector } from '../../src/inspector/index.js';
import { MqttError } from '../../src/index.js';

describe('mountInspector', () => {
  /** Mounts with options as a caller in JavaScript may pass them, on a platform without a page. */
  const failure = (options: unknown): string => {
    try {
      mountInspector({} as Element, NEVER, options as InspectorOptions);
    } catch (error) {
      if (MqttError.is(error)) return `${error.code} ${error.message}`;
      throw error;
    }
    return 'none';
  };

  it('says which option is invalid, and what it can be', () => {
    expect(failure({ theme: 'blue' })).to.equal(
      "INVALID_ARGUMENT option 'theme' is 'auto', 'light' or 'dark', not 'blue'",
    );
    expect(failure({ keep: { events: 5 } })).to.equal(
      "INVALID_ARGUMENT option 'keep.events' is a number of at least 1000, not 5",
    );
    expect(failure({ keep: { bytes: '1 MB' } })).to.equal(
      "INVALID_ARGUMENT option 'keep.bytes' is a number of at least 1048576, not '1 MB'",
    );
  });

  it('says that it needs custom elements, where there are none', () => {
    expect(failure({})).to.equal('NOT_SUPPORTED this platform has no custom elements, which the inspector needs');
  });
});
