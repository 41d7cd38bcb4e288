<?php
/**
 * SEO fields of many posts.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.

/**
 * Reads title, description, canonical and focus keywords from where the active SEO plugin holds them, and from our own
 * meta without one. As long as a plugin holds what it made of our text, the text is told as it was sent; else what it
 * holds, with character references resolved. Yoast SEO holds one focus keyword: as long as it is our first, the others
 * are ours.
 */
class IGNY8_Seo_Reader {

	const YOAST_RELATED = '_yoast_wpseo_focuskeywords';

	/**
	 * Meta keys that it needs.
	 *
	 * @return string[]
	 */
	public static function meta_keys() {
		$active = IGNY8_Seo::active();
		$keys   = array_merge( array_values( IGNY8_Seo::OWN ), array( IGNY8_Seo::FOCUS ) );
		if ( isset( IGNY8_Seo::META[ $active ] ) ) {
			$keys = array_merge( $keys, array_values( IGNY8_Seo::META[ $active ] ) );
		}
		return 'yoast' === $active ? array_merge( $keys, array( self::YOAST_RELATED ) ) : $keys;
	}

	/**
	 * The fields of posts.
	 *
	 * @param array<int,array<string,string>> $meta Meta by post id and key.
	 * @return array<int,array<string,mixed>> As the contract's `seo`, by post id.
	 */
	public static function read( $meta ) {
		if ( IGNY8_Seo::has_table() ) {
			return self::from_table( $meta );
		}
		$active = IGNY8_Seo::active();
		return array_map(
			static function ( $values ) use ( $active ) {
				return isset( IGNY8_Seo::META[ $active ] ) ? self::from_plugin( $values, $active, 'post' ) : self::own_fields( $values );
			},
			$meta
		);
	}

	/**
	 * The fields of a term.
	 *
	 * @param array<string,string> $values Meta of the term; what Yoast holds is among them, under its keys for posts.
	 * @param string               $holder Plugin that holds them; none for our own.
	 * @return array<string,mixed> As the contract's `seo`.
	 */
	public static function of_term( $values, $holder ) {
		return 'none' === $holder ? self::own_fields( $values ) : self::from_plugin( $values, $holder, 'term' );
	}

	/**
	 * Our own fields.
	 *
	 * @param array<string,string> $values Meta of a post.
	 * @return array<string,mixed>
	 */
	private static function own_fields( $values ) {
		$seo = array();
		foreach ( IGNY8_Seo::OWN as $field => $key ) {
			$seo[ $field ] = isset( $values[ $key ] ) ? $values[ $key ] : '';
		}
		$seo['focus_keywords'] = self::keywords( isset( $values[ IGNY8_Seo::FOCUS ] ) ? $values[ IGNY8_Seo::FOCUS ] : '' );
		return $seo;
	}

	/**
	 * Fields of a plugin that keeps them in meta.
	 *
	 * @param array<string,string> $values Meta of a post or term.
	 * @param string               $active Plugin.
	 * @param string               $kind   Kind, post or term.
	 * @return array<string,mixed>
	 */
	private static function from_plugin( $values, $active, $kind ) {
		$own          = self::own_fields( $values );
		$stored_texts = array();
		foreach ( IGNY8_Seo::META[ $active ] as $field => $key ) {
			$stored_texts[ $field ] = isset( $values[ $key ] ) ? $values[ $key ] : '';
		}
		$seo                   = self::texts( $active, $stored_texts, $own, $kind );
		$seo['focus_keywords'] = 'yoast' === $active ? self::yoast_keywords( $stored_texts['focus'], $values, $kind ) : self::keywords( $stored_texts['focus'] );
		return $seo;
	}

	/**
	 * Title, description and canonical.
	 *
	 * @param string               $plugin       Plugin.
	 * @param array<string,string> $stored_texts What it holds, by field.
	 * @param array<string,mixed>  $own          Our own fields.
	 * @param string               $kind         Kind, post or term.
	 * @return array<string,string>
	 */
	private static function texts( $plugin, $stored_texts, $own, $kind ) {
		$seo = array();
		foreach ( array_keys( IGNY8_Seo::OWN ) as $field ) {
			$is_ours       = '' !== $own[ $field ] && self::is_made_from( $plugin, $field, $stored_texts[ $field ], $own[ $field ], $kind );
			$read          = 'canonical' === $field ? $stored_texts[ $field ] : IGNY8_Seo_Text::decode( $stored_texts[ $field ] );
			$seo[ $field ] = $is_ours ? $own[ $field ] : $read;
		}
		return $seo;
	}

	/**
	 * Whether a plugin holds what it made of our text; of a template of another plugin it is given nothing.
	 *
	 * @param string $plugin      Plugin.
	 * @param string $field       Field.
	 * @param string $stored_text What it holds.
	 * @param string $own         Our text.
	 * @param string $kind        Kind, post or term.
	 * @return bool
	 */
	private static function is_made_from( $plugin, $field, $stored_text, $own, $kind ) {
		return (string) IGNY8_Seo_Text::stored( $plugin, $field, $own, $kind ) === $stored_text;
	}

	/**
	 * Focus keywords where Yoast is active.
	 *
	 * @param string               $first  What Yoast holds.
	 * @param array<string,string> $values Meta of a post or term.
	 * @param string               $kind   Kind, post or term.
	 * @return string[]
	 */
	private static function yoast_keywords( $first, $values, $kind ) {
		if ( '' === trim( $first ) ) {
			return array();
		}
		$own     = self::own_fields( $values )['focus_keywords'];
		$is_ours = isset( $own[0] ) && self::is_made_from( 'yoast', 'focus', $first, $own[0], $kind );
		$related = self::related( isset( $values[ self::YOAST_RELATED ] ) ? $values[ self::YOAST_RELATED ] : '' );
		if ( null !== $related && ( ! $is_ours || self::related( IGNY8_Seo::yoast_related( array_slice( $own, 1 ) ) ) !== $related ) ) {
			return self::distinct( array_merge( array( $first ), $related ) );
		}
		return $is_ours ? $own : array( trim( $first ) );
	}

	/**
	 * Related keyphrases of Yoast Premium.
	 *
	 * @param string $json What it holds.
	 * @return string[]|null Null when it holds none.
	 */
	private static function related( $json ) {
		$related = json_decode( $json, true );
		return is_array( $related ) ? array_column( $related, 'keyword' ) : null;
	}

	/**
	 * Fields in All in One SEO's table; a post without a row has none.
	 *
	 * @param array<int,array<string,string>> $meta Meta by post id and key.
	 * @return array<int,array<string,mixed>>
	 */
	private static function from_table( $meta ) {
		global $wpdb;
		$ids  = array_keys( $meta );
		$none = array(
			'title'          => '',
			'description'    => '',
			'canonical'      => '',
			'focus_keywords' => array(),
		);
		$all  = array_fill_keys( $ids, $none );
		if ( array() === $ids ) {
			return $all;
		}
		$list = implode( ',', array_map( 'intval', $ids ) );
		// The column post_id is not unique, and the plugin itself reads the first row: it comes last here.
		$rows = $wpdb->get_results( "SELECT post_id, title, description, canonical_url, keyphrases FROM {$wpdb->prefix}aioseo_posts WHERE post_id IN ($list) ORDER BY id DESC" ); // phpcs:ignore WordPress.DB.PreparedSQL.InterpolatedNotPrepared
		foreach ( $rows as $row ) {
			$phrases                    = json_decode( (string) $row->keyphrases, true );
			$phrases                    = is_array( $phrases ) ? $phrases : array();
			$first                      = isset( $phrases['focus']['keyphrase'] ) ? array( $phrases['focus']['keyphrase'] ) : array();
			$more                       = isset( $phrases['additional'] ) && is_array( $phrases['additional'] ) ? array_column( $phrases['additional'], 'keyphrase' ) : array();
			$stored_texts               = array(
				'title'       => (string) $row->title,
				'description' => (string) $row->description,
				'canonical'   => (string) $row->canonical_url,
			);
			$texts                      = self::texts( 'aioseo', $stored_texts, self::own_fields( $meta[ (int) $row->post_id ] ), 'post' );
			$all[ (int) $row->post_id ] = array_merge( $texts, array( 'focus_keywords' => self::distinct( array_merge( $first, $more ) ) ) );
		}
		return $all;
	}

	/**
	 * Keywords of a list with commas. The old plugin kept lists in other forms under the same key: of a JSON list its
	 * words are told, what PHP serialised is not read.
	 *
	 * @param string $text List.
	 * @return string[]
	 */
	public static function keywords( $text ) {
		if ( is_serialized( $text ) ) {
			return array();
		}
		$listed = 0 === strpos( $text, '[' ) ? json_decode( $text, true ) : null;
		return self::distinct( is_array( $listed ) ? $listed : explode( ',', $text ) );
	}

	/**
	 * Keywords that are not empty, each once.
	 *
	 * @param array<mixed> $keywords Keywords.
	 * @return string[]
	 */
	private static function distinct( $keywords ) {
		$keywords = array_map( 'trim', array_filter( $keywords, 'is_string' ) );
		return array_values( array_unique( array_filter( $keywords, 'strlen' ) ) );
	}
}
