# needs: rustc cargo
export CARGO_HOME=$PWD/home
cargo -q new --vcs none sums
cat >sums/src/main.rs <<'X'
use std::thread;
fn main() {
    let threads: Vec<_> = (0..4u64).map(|i| thread::spawn(move || (0..100_000u64).map(|x| x * i).sum::<u64>())).collect();
    println!("{}", threads.into_iter().map(|t| t.join().unwrap()).sum::<u64>());
    println!("{:?}", std::panic::catch_unwind(|| [1][std::env::args().count()]).is_err());
}
X
cd sums && cargo -q build --release --offline && ./target/release/sums 2>/dev/null
