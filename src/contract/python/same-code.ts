import { parseCell } from './parse';

/** Whether two texts of a cell are the same to Python: comments, spaces and empty lines apart. */
export function isSameCode(a: string, b: string): boolean {
  if (a === b) {
    return true;
  }
  const [first, second] = [a, b].map(codeOf);
  return first !== undefined && first === second;
}

/** What Python makes of a cell; undefined where that cannot be told. */
function codeOf(source: string): string | undefined {
  const { tree, magic, magics, error, lexicalError, isUnread } =
    parseCell(source);
  if (magic || magics.length > 0 || error || lexicalError || isUnread) {
    return undefined;
  }
  const parts: string[] = [];
  tree.iterate({
    enter: ({ name, from, to, node }) => {
      if (name === 'Comment') {
        return false;
      }
      // The nodes around a word tell of indentation; texts count as a whole.
      const isWord = !node.firstChild || /String$/.test(name);
      parts.push(isWord && name !== 'Script' ? source.slice(from, to) : name);
      return !isWord || name === 'Script';
    },
    leave: () => {
      parts.push(')');
    }
  });
  return parts.join('\0');
}
