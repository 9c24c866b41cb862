use guest::GuestAddr;
use ir::{Frontend, LiftLimits, Region};

use super::{Random, rows};
use crate::{RISCV64, Riscv64};

const PC: GuestAddr = GuestAddr(0x1000);
const FRONTEND: Riscv64 = Riscv64::with_vdso(0x1000, 0x2000);

fn check(code: &[u8], limits: LiftLimits, region: &mut Region) {
    FRONTEND.lift(PC, code, limits, region);
    if let Err(broken) = ir::verify(region) {
        panic!("{broken}\n{}", ir::print_with(region, RISCV64.regs));
    }
    assert!(region.guest_insns <= limits.max_insns);
    assert!(region.bytes.end <= PC.0 + code.len() as u64);
}

#[test]
fn every_row_lifts_to_a_region_that_verifies() {
    let mut random = Random::new();
    let mut region = Region::default();
    for row in rows() {
        for _ in 0..100 {
            let word = random.fill(row).to_le_bytes();
            check(&word[..row.width as usize / 8], LiftLimits::of(1), &mut region);
        }
    }
}

#[test]
fn random_blocks_lift_to_regions_that_verify() {
    let mut random = Random::new();
    let mut region = Region::default();
    let all: Vec<_> = rows().filter(|row| row.exists()).collect();
    for _ in 0..20_000 {
        let mut code = Vec::new();
        for _ in 0..16 {
            let row = all[random.next() as usize % all.len()];
            code.extend_from_slice(&random.fill(row).to_le_bytes()[..row.width as usize / 8]);
        }
        check(&code, LiftLimits::of(1 + random.next() % 20), &mut region);
    }
}

/// Lifts with all that may go on.
fn chain(code: &[u8], max_insns: u32) -> Region {
    let mut region = Region::default();
    FRONTEND.lift_chain(PC, code, LiftLimits::of(max_insns), &|_| true, &mut region);
    assert_eq!(ir::verify(&region), Ok(()), "{region}");
    assert!(region.is_chain(), "{region}");
    region
}

/// Branches as far ahead or back as `by` says, each followed by an `addi`.
fn branches(by: &[i32]) -> Vec<u8> {
    let beq = |by: i32| {
        let by = by as u32;
        0x00b5_0063
            | (by >> 12 & 1) << 31
            | (by >> 5 & 63) << 25
            | (by >> 1 & 15) << 8
            | (by >> 11 & 1) << 7
    };
    by.iter().flat_map(|&by| [beq(by), 0x0015_0513]).flat_map(u32::to_le_bytes).collect()
}

#[test]
fn blocks_go_on_behind_branches_ahead_up_to_one_back() {
    let region = chain(&branches(&[64, 72, -8, 64]), 64);
    assert_eq!((region.blocks.len(), region.guest_insns), (3, 5), "{region}");
    assert_eq!(region.bytes, PC.0..PC.0 + 20);
    assert_eq!(region.start(&region.blocks[1]), Some(PC.offset(4)));
}

#[test]
fn blocks_end_where_a_branch_in_them_leads() {
    let region = chain(&branches(&[16, 64, 64]), 64);
    assert_eq!((region.blocks.len(), region.guest_insns), (3, 4), "{region}");
    assert!(ir::print(&region).contains("jump 0x1010"), "{region}");
}

#[test]
fn blocks_end_behind_their_last_instruction_or_the_end_of_the_code() {
    assert_eq!(chain(&branches(&[64, 64]), 1).blocks.len(), 1);
    assert_eq!(chain(&branches(&[64, 64])[..4], 64).blocks.len(), 1);
    let mut long = branches(&[1024]);
    long.extend((0..200).flat_map(|_| 0x0015_0513_u32.to_le_bytes()));
    assert_eq!(chain(&long, 64).guest_insns, 65, "the last block has its own 64");
    assert_eq!(chain(&branches(&[1024; 64]), 64).guest_insns, 33, "16 ways out and an end");
}

#[test]
fn random_chains_lift_to_regions_that_verify() {
    let mut random = Random::new();
    let all: Vec<_> = rows().filter(|row| row.exists()).collect();
    for _ in 0..5_000 {
        let mut code = Vec::new();
        for _ in 0..24 {
            let row = all[random.next() as usize % all.len()];
            code.extend_from_slice(&random.fill(row).to_le_bytes()[..row.width as usize / 8]);
        }
        chain(&code, 20);
    }
}

#[test]
fn host_calls_exist_only_in_the_vdso() {
    let mut region = Region::default();
    let code = 0x0030_000bu32.to_le_bytes();
    FRONTEND.lift(PC, &code, LiftLimits::default(), &mut region);
    assert!(ir::print(&region).contains("trap host 3"), "{region}");
    FRONTEND.lift(GuestAddr(0x2000), &code, LiftLimits::default(), &mut region);
    assert!(ir::print(&region).contains("illegal"), "{region}");
}

/// Prints the cost of lifting; run it with `--release --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn lifting_speed() {
    let code: Vec<u8> = [0x0001_3783u32, 0x0057_8793, 0x00e7_8633, 0x00c1_3023, 0x0006_069b]
        .into_iter()
        .cycle()
        .take(64)
        .flat_map(u32::to_le_bytes)
        .collect();
    let mut region = Region::default();
    let start = std::time::Instant::now();
    for _ in 0..100_000 {
        FRONTEND.lift(PC, &code, LiftLimits::default(), &mut region);
    }
    println!("{:.1} ns an instruction", start.elapsed().as_nanos() as f64 / 6_400_000.0);
}
