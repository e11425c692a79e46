import { ejabberdDescription } from './descriptions.js';
import { describeInterop } from './suite.js';

describe('interoperability', () => describeInterop(ejabberdDescription));
