const MAX_NAME_LENGTH = 150;

/** Where a file stands in an archive: by its id, with its name as far as every system can unpack it. */
export function nameInArchive({
  id,
  name,
}: {
  readonly id: string;
  readonly name: string;
}): string {
  const tame = name.replaceAll(/[\p{Cc}/\\:*?"<>|]/gu, '_').replace(/^\.+/, '_');
  return `files/${id}/${tame.slice(-MAX_NAME_LENGTH).toWellFormed()}`;
}
