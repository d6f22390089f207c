//! Lines from a pipe, a file, or a terminal without line editing.

use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use crate::repl::editor::input::Unreadable::{self, NotUtf8, TooLong, Unfinished};
use crate::repl::editor::input::{EditorError, EditorInput};
use crate::repl::editor::output::StandardOutput;
use crate::repl::editor::printer::Printer;
use crate::repl::input::command::{Joined, Joiner};
use crate::repl::input::words::MAX_LINE_BYTES;
use crate::text::Utf8Reader;

/// The prompt for the next line of an incomplete command.
const GOES_ON: &str = "… ";

/// Reads on its own thread, one command ahead, so that waiting for a line can end when the output is closed.
#[derive(Debug)]
pub(crate) struct PlainLines {
    inputs: Receiver<EditorInput>,
    output: Arc<StandardOutput>,
    prompt: Option<String>,
    /// Whether the input ended at a question.
    ended: bool,
}

impl PlainLines {
    /// Starts to read `source` and to show the texts of `printer`. `prompt` is for a terminal.
    pub(crate) fn open(
        source: Box<dyn Read + Send>,
        prompt: Option<String>,
        printer: &Printer,
        output: Arc<StandardOutput>,
    ) -> std::io::Result<Self> {
        let (sender, inputs) = sync_channel(1);
        let marked = prompt.is_some().then(|| Arc::clone(&output));
        let queue = Arc::clone(&printer.queue);
        let (end, to) = (sender.clone(), Arc::clone(&output));
        std::thread::Builder::new()
            .name("printer".into())
            .spawn(move || {
                while let Some(text) = queue.next() {
                    to.write(&text);
                    queue.shown();
                    if to.is_closed() {
                        // If the channel is full, the loop checks `is_closed` before the next line anyway.
                        let _ = end.try_send(EditorInput::End);
                    }
                }
            })?;
        std::thread::Builder::new()
            .name("lines".into())
            .spawn(move || {
                read_all(source, &sender, || {
                    if let Some(output) = &marked {
                        output.write_only(GOES_ON);
                    }
                });
            })?;
        Ok(Self {
            inputs,
            output,
            prompt,
            ended: false,
        })
    }

    /// What stands before the next line, on a terminal.
    pub(crate) fn set_prompt(&mut self, prompt: &str) {
        if let Some(shown) = &mut self.prompt {
            prompt.clone_into(shown);
        }
    }

    /// The next command. Shows events while it waits, and all earlier ones before it returns.
    pub(crate) fn read(&mut self, printer: &Printer) -> EditorInput {
        if self.output.is_closed() || self.ended {
            return EditorInput::End;
        }
        printer.queue.open();
        if let Some(prompt) = &self.prompt {
            self.output.write_only(prompt);
        }
        let input = self.inputs.recv().unwrap_or(EditorInput::End);
        if let (EditorInput::End, Some(_)) = (&input, &self.prompt) {
            // The prompt is on its own line, also at the end.
            self.output.write_only("\n");
        }
        printer.queue.drain_and_close();
        if self.output.is_closed() {
            return EditorInput::End;
        }
        input
    }

    /// The next line, as the answer to a question; `None` at the end of the input.
    pub(crate) fn ask(&mut self, question: String, printer: &Printer) -> Option<String> {
        let prompt = self.prompt.replace(question);
        let input = self.read(printer);
        self.prompt = prompt;
        match input {
            EditorInput::Line { text, .. } => Some(text),
            input => {
                self.ended = matches!(input, EditorInput::End);
                None
            }
        }
    }
}

/// Sends every command, every error and the end, until the receiver is dropped. `on_more` is called when a command is
/// incomplete.
fn read_all(source: impl Read, to: &SyncSender<EditorInput>, on_more: impl Fn()) {
    let mut source = BufReader::new(Utf8Reader::new(source));
    let mut joiner = Joiner::default();
    for number in 1.. {
        let input = match read_line(&mut source) {
            RawLine::Text(line) => match joiner.push(number, &line) {
                Joined::More => {
                    on_more();
                    continue;
                }
                Joined::Command {
                    first_line,
                    text,
                    words,
                } => EditorInput::Line {
                    number: first_line,
                    text,
                    words,
                },
                Joined::TooLong { first_line, text } => unreadable(first_line, &text, TooLong),
            },
            RawLine::Unreadable(begin, why) => unreadable(number, &begin, why),
            RawLine::Failed(error) => {
                let _ = to.send(EditorInput::Failed(EditorError::Io(error)));
                break;
            }
            RawLine::End => break,
        };
        if to.send(input).is_err() {
            return;
        }
    }
    if let Some((number, text)) = joiner.end() {
        let _ = to.send(unreadable(number, &text, Unfinished));
    }
    let _ = to.send(EditorInput::End);
}

fn unreadable(number: usize, line: &str, why: Unreadable) -> EditorInput {
    EditorInput::Failed(EditorError::line(number, line, why))
}

/// One line as it was read.
enum RawLine {
    /// Without its line ending.
    Text(String),
    /// The start of a line that is skipped.
    Unreadable(String, Unreadable),
    Failed(std::io::Error),
    End,
}

fn read_line(source: &mut impl BufRead) -> RawLine {
    let mut bytes = Vec::new();
    // Two bytes more than a line may have, for the line ending.
    let limit = MAX_LINE_BYTES as u64 + 2;
    if let Err(error) = source.by_ref().take(limit).read_until(b'\n', &mut bytes) {
        return RawLine::Failed(error);
    }
    if bytes.is_empty() {
        return RawLine::End;
    }
    let ended = bytes.ends_with(b"\n");
    if !ended && bytes.len() as u64 == limit {
        return match source.skip_until(b'\n') {
            Ok(_) => too_long(&bytes),
            Err(error) => RawLine::Failed(error),
        };
    }
    if ended {
        bytes.pop();
        if bytes.ends_with(b"\r") {
            bytes.pop();
        }
    }
    match String::from_utf8(bytes) {
        Ok(line) if line.len() > MAX_LINE_BYTES => too_long(line.as_bytes()),
        Ok(line) => RawLine::Text(line),
        Err(error) => RawLine::Unreadable(
            String::from_utf8_lossy(error.as_bytes()).into_owned(),
            NotUtf8,
        ),
    }
}

fn too_long(bytes: &[u8]) -> RawLine {
    RawLine::Unreadable(String::from_utf8_lossy(bytes).into_owned(), TooLong)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The inputs from `source`, one line of text for each.
    fn inputs(source: &[u8]) -> Vec<String> {
        let (sender, receiver) = sync_channel(99);
        read_all(source, &sender, || {});
        drop(sender);
        receiver
            .into_iter()
            .map(|input| match input {
                EditorInput::Line { number, text, .. } => format!("{number}: {text}"),
                EditorInput::Interrupted { .. } | EditorInput::Edited => "a key".to_owned(),
                EditorInput::Failed(error) => {
                    let text = error.to_string();
                    text.lines().next().unwrap_or_default().to_owned()
                }
                EditorInput::End => "end".to_owned(),
            })
            .collect()
    }

    #[test]
    fn lines_are_read_with_their_numbers() {
        let too_long = [vec![b'x'; MAX_LINE_BYTES + 1], b"\nquit".to_vec()].concat();
        let just_fits = [vec![b' '; MAX_LINE_BYTES], b"\r\nquit".to_vec()].concat();
        for (source, expected) in [
            (&b""[..], &["end"][..]),
            (b"pending", &["1: pending", "end"]),
            (
                b"pending\r\n\r\nquit\n",
                &["1: pending", "2: ", "3: quit", "end"],
            ),
            (
                b"\ncreate-job J {\r\n\"a\": 1\r\n}\r\nquit",
                &["1: ", "2: create-job J {\n\"a\": 1\n}", "5: quit", "end"],
            ),
            (b"a \xff\nquit", &["line 1 is not UTF-8", "2: quit", "end"]),
            (
                b"pending\ncreate-job J {\n\"a\":",
                &[
                    "1: pending",
                    "line 2 begins a command that is not complete",
                    "end",
                ],
            ),
            (
                b"delete-job 'a\n",
                &["line 1 begins a command that is not complete", "end"],
            ),
            (b"create-job J {\nquit", &["1: create-job J {\nquit", "end"]),
            (
                b"# it's a comment\nquit",
                &["1: # it's a comment", "2: quit", "end"],
            ),
            (b"a\x08b\n", &["1: a\x08b", "end"]),
            (
                &too_long,
                &["line 1 is longer than 262144 bytes", "2: quit", "end"],
            ),
        ] {
            assert_eq!(inputs(source), expected, "{:?}", source.get(..40));
        }
        assert_eq!(inputs(&just_fits)[1..], ["2: quit", "end"]);
    }

    #[test]
    fn a_script_is_read_in_any_encoding() {
        let script = "\u{feff}# größe\r\ncreate-job J {\n\"a\": \"🚀\"}\nquit";
        let expected = [
            "1: # größe",
            "2: create-job J {\n\"a\": \"🚀\"}",
            "4: quit",
            "end",
        ];
        assert_eq!(inputs(script.as_bytes()), expected);
        let units: Vec<u16> = script.encode_utf16().collect();
        let little: Vec<u8> = units.iter().flat_map(|it| it.to_le_bytes()).collect();
        assert_eq!(inputs(&little), expected);
        let big: Vec<u8> = units.iter().flat_map(|it| it.to_be_bytes()).collect();
        assert_eq!(inputs(&big), expected);
    }

    struct Broken;

    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("gone"))
        }
    }

    #[test]
    fn a_broken_source_is_reported_and_ends() {
        let (sender, receiver) = sync_channel(9);
        read_all(Broken, &sender, || {});
        drop(sender);
        let inputs: Vec<_> = receiver.into_iter().collect();
        assert!(matches!(
            inputs[..],
            [EditorInput::Failed(EditorError::Io(_)), EditorInput::End]
        ));
    }
}
