//! The arguments in the text of a command: separated by commas, where `\,` is a comma in an argument.

/// The words of a command. The first one is its program. No shell reads them.
pub(super) fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for c in command.chars() {
        if c != ',' {
            word.push(c);
        } else if word.ends_with('\\') {
            word.pop();
            word.push(',');
        } else {
            words.push(trimmed(&word));
            word.clear();
        }
    }
    // GUESS: an empty word is an empty argument, also at the end. No page of AWS says what it is; an argument may be empty.
    words.push(trimmed(&word));
    words
}

fn trimmed(word: &str) -> String {
    word.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_separate_and_backslashes_keep_them() {
        for (command, expected) in [
            ("reboot", &["reboot"][..]),
            ("echo,a b,c", &["echo", "a b", "c"]),
            (" echo , a ,\tb\n", &["echo", "a", "b"]),
            (r"echo,a\,b,c", &["echo", "a,b", "c"]),
            (r"echo,\,\,", &["echo", ",,"]),
            (r"echo,a\\,b", &["echo", r"a\,b"]),
            (r"echo,C:\dir\", &["echo", r"C:\dir\"]),
            ("echo,,b,", &["echo", "", "b", ""]),
            (",", &["", ""]),
            ("", &[""]),
            ("sh,-c,a;b|c $HOME `d`", &["sh", "-c", "a;b|c $HOME `d`"]),
            ("größe,作業\\,🚀", &["größe", "作業,🚀"]),
        ] {
            assert_eq!(words(command), expected, "{command}");
        }
    }
}
