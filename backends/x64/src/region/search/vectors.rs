//! In which registers vectors are made.

use super::{Lane, Search, Stay};
use crate::asm::Packed;

/// Where an operand is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Src {
    Reg(usize),
    /// A vector that is the same in all rounds, by its lane.
    Same(usize),
}

/// What is done for each round of rounds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    Load {
        to: usize,
        array: usize,
    },
    Op {
        op: Packed,
        to: usize,
        a: Src,
        b: Src,
    },
    /// Rounds of the vector are shown by parameters.
    Keep {
        from: usize,
        lane: usize,
    },
}

/// Steps, the last of which gives a mask.
pub struct Plan {
    pub steps: Vec<Step>,
    /// How many registers it takes, that of the mask being the first.
    pub registers: usize,
    /// The mask is of elements behind which the loop goes on, instead of those behind which it ends.
    pub good: bool,
}

struct Planner<'a> {
    search: &'a Search,
    /// How often each lane is still to be used.
    uses: Vec<usize>,
    places: Vec<Option<usize>>,
    busy: Vec<bool>,
    kept: Vec<usize>,
    steps: Vec<Step>,
}

impl Plan {
    pub fn new(search: &Search) -> Plan {
        let mut uses = vec![0; search.lanes.len()];
        for lane in &search.lanes {
            if let Lane::Op(_, a, b) = *lane {
                [a, b].into_iter().for_each(|lane| uses[lane] += 1);
            }
        }
        for stay in &search.stays {
            let (Stay::Equal(a, b) | Stay::Differ(a, b)) = *stay;
            [a, b].into_iter().for_each(|lane| uses[lane] += 1);
        }
        let (places, kept) = (vec![None; search.lanes.len()], search.kept());
        let (busy, steps) = (vec![true], Vec::new());
        let planner = Planner { search, uses, places, busy, kept, steps };
        planner.run()
    }
}

impl Planner<'_> {
    fn run(mut self) -> Plan {
        let equal = |stay: &&Stay| matches!(stay, Stay::Equal(..));
        let (goods, bads): (Vec<&Stay>, Vec<&Stay>) = self.search.stays.iter().partition(equal);
        (0..self.search.lanes.len()).for_each(|lane| self.load(lane));
        let good = !goods.is_empty();
        for (n, &stay) in goods.iter().enumerate() {
            self.compare(*stay, (n > 0).then_some(Packed::And));
        }
        for (n, &stay) in bads.iter().enumerate() {
            let join = if good { Packed::AndNot } else { Packed::Or };
            self.compare(*stay, (good || n > 0).then_some(join));
        }
        // What is only shown.
        for lane in self.kept.clone() {
            self.make(lane);
        }
        Plan { steps: self.steps, registers: self.busy.len(), good }
    }

    fn free(&mut self) -> usize {
        let free = self.busy.iter().position(|&busy| !busy);
        let reg = free.unwrap_or(self.busy.len());
        self.busy.resize(self.busy.len().max(reg + 1), true);
        self.busy[reg] = true;
        reg
    }

    fn load(&mut self, lane: usize) {
        if let Lane::Array(array) = self.search.lanes[lane] {
            let to = self.free();
            self.steps.push(Step::Load { to, array });
            self.made(lane, to);
        }
    }

    fn made(&mut self, lane: usize, to: usize) {
        self.places[lane] = Some(to);
        if self.kept.contains(&lane) {
            self.steps.push(Step::Keep { from: to, lane });
        }
        if self.uses[lane] == 0 {
            self.busy[to] = false;
        }
    }

    fn make(&mut self, lane: usize) -> Src {
        match (self.places[lane], self.search.lanes[lane]) {
            (Some(reg), _) => Src::Reg(reg),
            (None, Lane::Op(op, a, b)) => {
                let to = self.op(op, a, b);
                self.made(lane, to);
                Src::Reg(to)
            }
            (None, _) => Src::Same(lane),
        }
    }

    /// Applies an op to two lanes; frees what is used for the last time.
    fn op(&mut self, op: Packed, a: usize, b: usize) -> usize {
        let [x, y] = [a, b].map(|lane| self.make(lane));
        for (lane, src) in [(a, x), (b, y)] {
            self.uses[lane] -= 1;
            if let (0, Src::Reg(reg)) = (self.uses[lane], src) {
                self.busy[reg] = false;
            }
        }
        let to = self.free();
        self.steps.push(Step::Op { op, to, a: x, b: y });
        to
    }

    /// Compares elements, and joins the result with the mask.
    fn compare(&mut self, stay: Stay, join: Option<Packed>) {
        let (Stay::Equal(a, b) | Stay::Differ(a, b)) = stay;
        let found = self.op(Packed::equal(self.search.size), a, b);
        self.busy[found] = false;
        match (join, self.steps.last_mut()) {
            (Some(op), _) => {
                let (a, b) = (Src::Reg(found), Src::Reg(0));
                self.steps.push(Step::Op { op, to: 0, a, b });
            }
            (None, Some(Step::Op { to, .. })) => *to = 0,
            (None, _) => {}
        }
    }
}
