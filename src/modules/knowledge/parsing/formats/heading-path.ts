const MAX_TITLE_LENGTH = 200;
const MAX_DEPTH = 10;

export type HeadingPath = {
  /** Notes a heading and returns the titles it stands under, its own included. */
  enter(level: number, title: string): readonly string[];
  current(): readonly string[];
};

/** Follows headings: one of level 2 ends the last of level 2 and all below it. */
export function createHeadingPath(): HeadingPath {
  let open: { readonly level: number; readonly title: string }[] = [];
  let path: readonly string[] = [];
  return {
    enter(level, title) {
      open = open.filter((heading) => heading.level < level).slice(0, MAX_DEPTH - 1);
      open.push({ level, title: title.trim().slice(0, MAX_TITLE_LENGTH).toWellFormed() });
      path = open.map((heading) => heading.title);
      return path;
    },
    current: () => path,
  };
}
