/**
 * The words of English texts that no dictionary knows. Code, commands, paths, addresses and names of files are left out,
 * and so are words with a digit and words in capitals.
 */
export interface Misspelt {
  word: string;
  /** Of the source, from 1. */
  line: number;
}

/** A word, with the apostrophe of `don't` and without that of a quotation. */
const WORD = /\p{L}[\p{L}\d]*(?:['’]\p{L}+)*/gu;
const NOT_PROSE = [
  /^```[\s\S]*?^```/gm,
  /<(Run|Output)\b[\s\S]*?(?:<\/\1>|\/>)/g,
  /`[^`]*`/g,
  // Of a block's attributes a reader sees three.
  /\b(?!title=|why=|whyNot=)[a-zA-Z]+="[^"]*"/g,
  /<\/?[A-Z]\w*/g,
  /\b(?:title|why|whyNot)=/g,
  /\{\w[\w.]*\}/g,
  // Fields of the YAML files that hold no sentence, and names of fields.
  /\b(?:id|command|form|chapter|name|nodes|needs|stage|was): ?(?:"[^"]*"|[^,}\n]*)/g,
  /\b[a-z]+[A-Z]\w*/g,
  /\S*[/_@:]\S*[\p{L}\d]|\S+\.\p{L}+/gu,
];

/** @param knows whether a dictionary has this word */
export function misspelt(source: string, knows: (word: string) => boolean): Misspelt[] {
  // What is left out becomes blanks, so that every line keeps its number.
  const prose = NOT_PROSE.reduce(
    (text, pattern) => text.replace(pattern, (hidden) => hidden.replace(/[^\n]/g, " ")),
    source,
  );
  return prose.split("\n").flatMap((text, index) =>
    [...text.matchAll(WORD)]
      .map(([word]) => word.replace(/’/g, "'"))
      .filter((word) => word.length > 1 && !/\d/.test(word) && word !== word.toUpperCase() && !knows(word))
      .map((word) => ({ word, line: index + 1 })),
  );
}
