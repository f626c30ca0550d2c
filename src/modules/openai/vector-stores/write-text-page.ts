/** A page of texts as JSON, written as they come: a document may be larger than what an answer should hold. */
export async function* writeTextPage(texts: AsyncIterable<string>): AsyncGenerator<string> {
  yield '{"object":"vector_store.file_content.page","data":[';
  let separator = '';
  for await (const text of texts) {
    yield separator + JSON.stringify({ type: 'text', text });
    separator = ',';
  }
  yield '],"has_more":false,"next_page":null}';
}
