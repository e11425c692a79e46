import { shareLength, DOLLAR, HASH, PLUS, SLASH } from './syntax.js';

/**
 * Whether a topic matches a filter (5.0 section 4.7). `$share/group/filter` matches as `filter` does.
 *
 * Both must be valid: see `assertTopicFilter` and `assertTopicName`.
 */
export function matches(filter: string, topic: string): boolean {
  let f = shareLength(filter);
  let t = 0;
  if (topic.charCodeAt(0) === DOLLAR && isWildcard(filter.charCodeAt(f))) return false;
  for (; f < filter.length; f++) {
    const code = filter.charCodeAt(f);
    if (code === HASH) return true;
    if (code === PLUS) {
      while (t < topic.length && topic.charCodeAt(t) !== SLASH) t++;
    } else if (code === topic.charCodeAt(t)) {
      t++;
    } else {
      // 'sport/#' matches 'sport' too, as '#' includes the level above it (5.0 section 4.7.1.2)
      return t === topic.length && code === SLASH && filter.charCodeAt(f + 1) === HASH;
    }
  }
  return t === topic.length;
}

function isWildcard(code: number): boolean {
  return code === PLUS || code === HASH;
}
