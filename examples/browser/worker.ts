import { createClient } from './client.js';
import { serveTabs } from './library.js';

// the URL of the broker is part of the URL of this script, so each broker has a worker of its own
serveTabs(createClient(new URLSearchParams(location.search).get('url')!));
