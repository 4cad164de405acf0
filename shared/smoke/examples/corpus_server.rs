//! The server of the corpus, for whoever runs the corpus from outside: it puts
//! its certificates into the folder that is its argument, prints its addresses
//! as one line of JSON, and serves until its input ends.

#[path = "../tests/server/mod.rs"]
mod server;

use std::{env, fs, io, path::PathBuf};

fn main() -> io::Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let server = runtime.block_on(server::start())?;
    if let Some(folder) = env::args_os().nth(1) {
        let folder = PathBuf::from(folder);
        for (name, text) in &server.files {
            fs::write(folder.join(name), text)?;
        }
    }
    let line = serde_json::to_string(&server.variables)?;
    #[expect(clippy::print_stdout, reason = "this line is what it is started for")]
    {
        println!("{line}");
    }
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}
