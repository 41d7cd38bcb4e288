<?php
/**
 * From rows of the outbox to the contract's events.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.

/**
 * One page of events: what the rows stand for, as it is now, in so many bytes at most.
 */
class IGNY8_Outbox_Events {

	const BYTES = 4194304;
	const JSON  = JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE;

	/**
	 * Events by token, as JSON.
	 *
	 * @var array<string,string>
	 */
	public $json = array();

	/**
	 * Tokens of rows that tell nothing new.
	 *
	 * @var string[]
	 */
	public $echoes = array();

	/**
	 * Tokens of rows that no room was left for.
	 *
	 * @var string[]
	 */
	public $unsent_tokens = array();

	/**
	 * What the app was told of posts before, and will have been told, by token.
	 *
	 * @var array<string,array{post_id:int,before:string,after:string}>
	 */
	public $deliveries = array();

	/**
	 * Bytes so far.
	 *
	 * @var int
	 */
	private $bytes = 0;

	/**
	 * Makes the events of rows.
	 *
	 * @param array<int,array<string,string>> $rows Rows.
	 */
	public function __construct( $rows ) {
		$terms = array();
		$posts = array();
		foreach ( $rows as $row ) {
			if ( IGNY8_Outbox::TERM === $row['object'] ) {
				$terms[] = $row;
			} else {
				$posts[] = $row;
			}
		}
		// Terms first: where a post's terms are new, the app has them when the post comes.
		$this->add_terms( $terms );
		foreach ( $this->by_size( $posts ) as $part ) {
			$this->add_posts( $part );
		}
	}

	/**
	 * Adds events of terms.
	 *
	 * @param array<int,array<string,string>> $rows Rows.
	 */
	private function add_terms( $rows ) {
		$items = self::terms( array_map( 'intval', array_column( $rows, 'object_id' ) ) );
		foreach ( $rows as $row ) {
			$key  = $row['part'] . ' ' . $row['object_id'];
			$item = isset( $items[ $key ] ) ? $items[ $key ] : null;
			$note = self::decode_note( $row );
			$this->add(
				$row,
				array(
					'kind'       => null === $item ? 'deleted' : 'changed',
					'content_id' => null === $item ? $note['content_id'] : $item['content_id'],
					'task_id'    => null,
					'post'       => null,
					'term'       => $item,
					'terms'      => array(),
				)
			);
		}
	}

	/**
	 * Adds events of posts, without those that would tell the app what it knows.
	 *
	 * @param array<int,array<string,string>> $rows Rows, with the status of their posts.
	 */
	private function add_posts( $rows ) {
		if ( $this->bytes >= self::BYTES ) {
			$this->unsent_tokens = array_merge( $this->unsent_tokens, array_column( $rows, 'token' ) );
			return;
		}
		$ids             = array_map( 'intval', array_column( $rows, 'object_id' ) );
		$items           = IGNY8_Post_Item::make( $ids );
		$claims          = IGNY8_Reported_Hashes::read( $ids );
		$term_ids_in_use = array();
		foreach ( $items as $item ) {
			foreach ( (array) $item['terms'] as $term_ids ) {
				$term_ids_in_use = array_merge( $term_ids_in_use, $term_ids );
			}
		}
		$terms = self::terms( array_unique( $term_ids_in_use ) );
		foreach ( $rows as $row ) {
			$id        = (int) $row['object_id'];
			$item      = isset( $items[ $id ] ) ? $items[ $id ] : null;
			$claim     = isset( $claims[ $id ] ) ? $claims[ $id ] : null;
			$item_hash = null === $item ? '' : IGNY8_Reported_Hashes::hash( $item );
			if ( null !== $claim && '' !== $item_hash && $claim['told'] === $item_hash && '0' === $row['sent'] ) {
				$this->echoes[] = $row['token'];
				continue;
			}
			if ( $this->add( $row, self::of_post( $row, $item, $claim, $terms ) ) && null !== $claim ) {
				$this->deliveries[ $row['token'] ] = array(
					'post_id' => $id,
					'before'  => $claim['told'],
					'after'   => $item_hash,
				);
			}
			unset( $items[ $id ] );
		}
	}

	/**
	 * What an event tells of a post.
	 *
	 * @param array<string,string>                      $row   Row.
	 * @param array<string,mixed>|null                  $item  Item; null when the post is gone, or nothing that the app sees.
	 * @param array{told:string,content_id:string}|null $claim What the map has of it.
	 * @param array<string,array<string,mixed>>         $terms Items of terms, by taxonomy and id.
	 * @return array<string,mixed>
	 */
	private static function of_post( $row, $item, $claim, $terms ) {
		$post_terms = array();
		foreach ( null === $item ? array() : (array) $item['terms'] as $taxonomy => $ids ) {
			foreach ( $ids as $id ) {
				if ( isset( $terms[ $taxonomy . ' ' . $id ] ) ) {
					$post_terms[] = $terms[ $taxonomy . ' ' . $id ];
				}
			}
		}
		$note = self::decode_note( $row );
		$task = '' === $row['status'] ? $note['task_id'] : IGNY8_Own_Meta::task_id( (int) $row['object_id'] );
		return array(
			'kind'       => null !== $item ? 'changed' : ( '' === $row['status'] ? 'deleted' : 'trashed' ),
			'content_id' => null !== $claim ? $claim['content_id'] : $note['content_id'],
			'task_id'    => null !== $item ? $item['task_id'] : ( '' === (string) $task ? null : $task ),
			'post'       => $item,
			'term'       => null,
			'terms'      => $post_terms,
		);
	}

	/**
	 * Adds an event, if there is room; the first one always has it.
	 *
	 * @param array<string,string> $row  Row.
	 * @param array<string,mixed>  $what What it tells.
	 * @return bool
	 */
	private function add( $row, $what ) {
		$user  = (int) $row['changed_by'] > 0 ? get_userdata( (int) $row['changed_by'] ) : false;
		$event = array(
			'id'         => $row['token'],
			'object'     => $row['object'],
			'object_id'  => (int) $row['object_id'],
			'taxonomy'   => IGNY8_Outbox::TERM === $row['object'] ? $row['part'] : null,
			'sequence'   => (int) $row['sequence'],
			'changed_at' => IGNY8_Outbox::iso( (int) $row['changed_at'] ),
			'changed_by' => false === $user ? null : array(
				'id'   => $user->ID,
				'name' => $user->display_name,
			),
		) + $what;
		$json  = (string) wp_json_encode( $event, self::JSON );
		if ( array() !== $this->json && $this->bytes + strlen( $json ) > self::BYTES ) {
			$this->unsent_tokens[] = $row['token'];
			$this->bytes           = self::BYTES;
			return false;
		}
		$this->json[ $row['token'] ] = $json;
		$this->bytes                += strlen( $json );
		return true;
	}

	/**
	 * Cuts rows of posts into parts that fit in memory, and notes the status of each post: empty when it is gone.
	 *
	 * @param array<int,array<string,string>> $rows Rows.
	 * @return array<int,array<int,array<string,string>>>
	 */
	private function by_size( $rows ) {
		global $wpdb;
		if ( array() === $rows ) {
			return array();
		}
		$list  = implode( ',', array_map( 'intval', array_column( $rows, 'object_id' ) ) );
		$posts = $wpdb->get_results( "SELECT ID, post_status, LENGTH(post_content) + LENGTH(post_excerpt) AS bytes FROM {$wpdb->posts} WHERE ID IN ($list)", OBJECT_K ); // phpcs:ignore WordPress.DB.PreparedSQL.InterpolatedNotPrepared
		$parts = array();
		$part  = array();
		$bytes = 0;
		foreach ( $rows as $row ) {
			$post          = isset( $posts[ $row['object_id'] ] ) ? $posts[ $row['object_id'] ] : null;
			$row['status'] = null === $post ? '' : $post->post_status;
			$size          = null === $post ? 0 : (int) $post->bytes;
			if ( array() !== $part && $bytes + $size > self::BYTES / 2 ) {
				$parts[] = $part;
				$part    = array();
				$bytes   = 0;
			}
			$part[] = $row;
			$bytes += $size;
		}
		$parts[] = $part;
		return $parts;
	}

	/**
	 * Items of terms.
	 *
	 * @param int[] $ids Term ids.
	 * @return array<string,array<string,mixed>> By taxonomy and id.
	 */
	private static function terms( $ids ) {
		$items = array();
		foreach ( IGNY8_Term_Item::make( $ids ) as $item ) {
			$items[ $item['taxonomy'] . ' ' . $item['term_id'] ] = $item;
		}
		return $items;
	}

	/**
	 * What was noted when the object was deleted.
	 *
	 * @param array<string,string> $row Row.
	 * @return array{content_id:?string,task_id:?string}
	 */
	private static function decode_note( $row ) {
		$note = json_decode( $row['note'], true );
		return array_merge(
			array(
				'content_id' => null,
				'task_id'    => null,
			),
			is_array( $note ) ? $note : array()
		);
	}
}
