import { shareLength, DOLLAR, HASH, PLUS, SLASH } from './syntax.js';

/**
 * Whether a topic matches a filter (5.0 section 4.7). `$share/group/filter` matches as `filter` does.
 *
 * Both must be valid: see `assertTopicFilter` and `assertTopicName`.
 */
export function matches(filter: string, topic: string): boolean {
  let filterIndex = shareLength(filter);
  let topicIndex = 0;
  if (topic.charCodeAt(0) === DOLLAR && isWildcard(filter.charCodeAt(filterIndex))) return false;
  for (; filterIndex < filter.length; filterIndex++) {
    const code = filter.charCodeAt(filterIndex);
    if (code === HASH) return true;
    if (code === PLUS) {
      while (topicIndex < topic.length && topic.charCodeAt(topicIndex) !== SLASH) topicIndex++;
    } else if (code === topic.charCodeAt(topicIndex)) {
      topicIndex++;
    } else {
      // 'sport/#' matches 'sport' too, as '#' includes the level above it (5.0 section 4.7.1.2)
      return topicIndex === topic.length && code === SLASH && filter.charCodeAt(filterIndex + 1) === HASH;
    }
  }
  return topicIndex === topic.length;
}

function isWildcard(code: number): boolean {
  return code === PLUS || code === HASH;
}
