// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Deployment} from "../src/Deployment.sol";
import {DevToken} from "../src/dev/DevToken.sol";
import {Governance} from "../src/Governance.sol";
import {IVerifier} from "../src/interfaces/IVerifier.sol";
import {
    BlockExecution,
    BlockInputs,
    BlockProof,
    IZkRoll,
    IZkRollExodus,
    IZkRollOperator,
    NewBlock,
    StoredBlock
} from "../src/interfaces/IZkRoll.sol";
import {IUpgradeHooks} from "../src/interfaces/IUpgrade.sol";
import {IPoseidon2} from "../src/interfaces/IPoseidon2.sol";
import {NFTFactory} from "../src/NFTFactory.sol";
import {TokenGovernance} from "../src/TokenGovernance.sol";
import {UpgradeGatekeeper} from "../src/UpgradeGatekeeper.sol";
import {ZkRoll} from "../src/ZkRoll.sol";
import {ZkRollExodus} from "../src/ZkRollExodus.sol";
import {ZkRollOperator} from "../src/ZkRollOperator.sol";
import {TestBase} from "./TestBase.sol";

/// @notice For tests of everything but proofs: accepts what starts with "ok" and remembers nothing, unless switched.
contract SwitchedVerifier is IVerifier {
    bool public accepts = true;
    /// If not zero: the only public inputs that are accepted, hashed.
    bytes32 public onlyInputs;

    function set(bool accepts_, bytes32 onlyInputs_) external {
        accepts = accepts_;
        onlyInputs = onlyInputs_;
    }

    function verify(uint256[7] calldata publicInputs, bytes calldata proof) external view returns (bool) {
        if (!accepts || proof.length < 2 || bytes2(proof[0:2]) != "ok") return false;
        return onlyInputs == 0 || onlyInputs == keccak256(abi.encode(publicInputs));
    }
}

/// @notice A whole deployment, as Deployment.sol makes it, with two tokens; and blocks for it.
abstract contract Fixture is TestBase {
    uint64 internal constant EXPIRATION = 14 days;
    uint64 internal constant NOTICE = 28 days;
    uint64 internal constant FLOOR = 21 days;
    uint256 internal constant COUNCIL_KEYS = 0xc0;

    address internal governor = address(0x6001);
    address internal validator = address(0x7001);
    address internal feeAddress = address(0xfee);
    address internal treasury = address(0x7ea5);
    address internal alice = address(0xa11ce);
    address internal bob = address(0xb0b);

    address internal exodusPart;
    address internal operatorPart;
    Deployment internal deployment;
    IZkRoll internal main;
    IZkRollOperator internal operator;
    IZkRollExodus internal exodus;
    IUpgradeHooks internal hooks;
    Governance internal governance;
    UpgradeGatekeeper internal gatekeeper;
    TokenGovernance internal listing;
    NFTFactory internal factory;
    IPoseidon2 internal hasher;
    SwitchedVerifier internal verifier;
    DevToken internal token; // id 1
    DevToken internal other; // id 2

    StoredBlock internal last; // the last block that `commit` made
    BlockInputs internal inputs;

    function setUp() public virtual {
        vm.warp(1_800_000_000);
        vm.roll(20_000_000);
        hasher = deployPoseidon2();
        verifier = new SwitchedVerifier();
        deployment = new Deployment(settings());
        main = IZkRoll(deployment.mainContract());
        operator = IZkRollOperator(address(main));
        exodus = IZkRollExodus(address(main));
        hooks = IUpgradeHooks(address(main));
        governance = Governance(deployment.governance());
        gatekeeper = UpgradeGatekeeper(deployment.gatekeeper());
        listing = TokenGovernance(deployment.tokenGovernance());
        factory = NFTFactory(deployment.nftFactory());
        token = new DevToken("One", "ONE", 18);
        other = new DevToken("Two", "TWO", 6);
        vm.startPrank(governor);
        listing.addToken(address(token));
        listing.addToken(address(other));
        vm.stopPrank();
        last = genesis();
        for (uint256 i = 0; i < 2; i++) {
            address user = i == 0 ? alice : bob;
            vm.deal(user, 1000 ether);
            token.mint(user, 1e30);
            other.mint(user, 1e30);
            vm.startPrank(user);
            token.approve(address(main), type(uint256).max);
            other.approve(address(main), type(uint256).max);
            vm.stopPrank();
        }
    }

    function settings() internal virtual returns (Deployment.Settings memory s) {
        exodusPart = address(new ZkRollExodus());
        operatorPart = address(new ZkRollOperator(exodusPart));
        s.zkRoll = address(new ZkRoll(operatorPart));
        s.governanceTarget = address(new Governance());
        s.poseidon2 = hasher;
        s.verifiers = new address[](1);
        s.verifiers[0] = address(verifier);
        s.governor = governor;
        s.validator = validator;
        s.feeAddress = feeAddress;
        s.priorityExpiration = EXPIRATION;
        s.noticePeriod = NOTICE;
        s.noticeFloor = FLOOR;
        s.council = new address[](3);
        for (uint256 i = 0; i < 3; i++) {
            s.council[i] = vm.addr(COUNCIL_KEYS + i);
        }
        s.councilThreshold = 2;
        s.openListing = true;
        s.listingCap = 1000;
        s.treasury = treasury;
        s.nftName = "ZkSync";
        s.nftSymbol = "ZKS";
    }

    /// The state root of a chain with nothing but this fee address, by the C library.
    function genesisRoot() internal returns (bytes32) {
        return bytes32(word(askPeer("genesis", uint160(feeAddress), 0, 0), 0));
    }

    function genesis() internal returns (StoredBlock memory) {
        return StoredBlock(0, 0, keccak256(""), 0, genesisRoot(), 0);
    }

    // ---- blocks

    function opening() internal pure returns (bytes memory) {
        return abi.encodePacked(bytes1(0x01), new bytes(71));
    }

    function newBlock(bytes memory settlement) internal view returns (NewBlock memory b) {
        b.timestamp = block.timestamp;
        b.stateHash = bytes32(uint256(keccak256(abi.encode(last, settlement))) % P);
        b.slotChain = 12345;
        b.settlement = settlement;
        b.delta = opening();
        b.witnesses = new bytes[](0);
    }

    function one(NewBlock memory b) internal pure returns (NewBlock[] memory list) {
        list = new NewBlock[](1);
        list[0] = b;
    }

    function commitAs(address who, NewBlock memory b) internal {
        vm.prank(who, who);
        operator.commitBlocks(last, one(b));
    }

    /// What the contract stores for a block after `previous`; recomputed here, byte by byte.
    function storedOf(StoredBlock memory previous, NewBlock memory b, uint64 requests)
        internal
        pure
        returns (StoredBlock memory s, BlockInputs memory in_)
    {
        s.blockNumber = previous.blockNumber + 1;
        s.priorityOperations = requests;
        s.pendingOnchainOperationsHash = keccak256(b.settlement);
        s.timestamp = b.timestamp;
        s.stateHash = b.stateHash;
        uint256 header = uint256(s.blockNumber) * 2 ** 96 + b.timestamp;
        in_.keyId = b.keyId;
        in_.oldRoot = previous.stateHash;
        in_.slotChain = b.slotChain;
        in_.r = uint256(
            keccak256(
                abi.encodePacked(
                    keccak256(b.settlement), keccak256(b.delta), b.slotChain, header, previous.stateHash, b.stateHash
                )
            )
        ) % P;
        in_.ySettlement = horner(b.settlement, in_.r);
        in_.yDelta = horner(b.delta, in_.r);
        s.commitment = keccak256(abi.encode(in_));
    }

    function horner(bytes memory stream, uint256 r) internal pure returns (uint256 y) {
        y = 1;
        for (uint256 i = 0; i < stream.length; i += 12) {
            uint256 w = 0;
            for (uint256 k = 0; k < 12; k++) {
                w = w * 256 + uint8(stream[i + k]);
            }
            y = addmod(mulmod(y, r, P), w, P);
        }
    }

    /// Commits as the validator; the new `last` and `inputs`.
    function commit(NewBlock memory b, uint64 requests) internal {
        commitAs(validator, b);
        (last, inputs) = storedOf(last, b, requests);
        eq(keccak256(abi.encode(last)), main.storedBlockHashes(last.blockNumber), "stored hash");
    }

    function prove() internal {
        BlockProof[] memory list = new BlockProof[](1);
        list[0] = BlockProof(last, inputs, "ok");
        operator.proveBlocks(list);
    }

    function execute(bytes memory settlement) internal {
        BlockExecution[] memory list = new BlockExecution[](1);
        list[0] = BlockExecution(last, settlement);
        operator.executeBlocks(list);
    }

    /// Commits, proves and executes.
    function settle(bytes memory settlement, uint64 requests) internal {
        commit(newBlock(settlement), requests);
        prove();
        execute(settlement);
    }

    // ---- settlement operations

    function op48(uint8 code, uint24 account, address who, uint16 tokenId, uint128 amount)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodePacked(code, account, who, tokenId, bytes6(0), amount);
    }

    function opKey(uint24 account, address owner, uint32 nonce, bytes20 hash) internal pure returns (bytes memory) {
        return abi.encodePacked(uint8(7), account, owner, nonce, hash);
    }

    struct Nft {
        uint32 id;
        address creator;
        uint24 creatorId;
        uint32 serial;
        bytes32 content;
    }

    function opNFT(uint8 code, uint24 account, address who, Nft memory n, uint8 amount)
        internal
        pure
        returns (bytes memory)
    {
        bytes memory first = abi.encodePacked(code, account, who, n.id, n.creator);
        return abi.encodePacked(first, n.creatorId, n.serial, amount, n.content, bytes8(0));
    }

    function depositETH(address who, uint256 amount) internal {
        vm.prank(who);
        main.depositETH{value: amount}(who);
    }

    /// Overdue, and declared so.
    function enterExodus() internal {
        if (main.totalOpenPriorityRequests() == 0) depositETH(bob, 1);
        vm.warp(block.timestamp + EXPIRATION);
        yes(exodus.activateExodusMode(), "activated");
    }

    /// Gives an account what a withdrawal in an executed block gives it.
    function creditPending(address who, uint16 tokenId, uint128 amount) internal {
        settle(op48(3, 7, who, tokenId, amount), 0);
    }
}
